import { describe, expect, it } from "vitest";
import { toNamedSession } from "../src/openai/chat-session.ts";

const made = /^http:user-[0-9a-f]{32}$/;

function nameBy(user: string | undefined, header?: string): string | undefined {
  return toNamedSession(user, new Headers(header === undefined ? {} : { "x-session-id": header }));
}

describe("the session that a chat completion names", () => {
  it("is that of the header, else that of the user, where empty is none", () => {
    expect([nameBy("b", "a"), nameBy("b"), nameBy("", "a"), nameBy("b", ""), nameBy(undefined, "a")]).toEqual(["http:a", "http:b", "http:a", "http:b", "http:a"]);
    expect([nameBy(undefined), nameBy(""), nameBy(" "), nameBy(undefined, "")]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("is the user's own words where they are a session id of this entrance", () => {
    expect(["notes", "http:notes", "http:notes:7", "auth0|42", "me@example.com"].map((user) => nameBy(user))).toEqual(["http:notes", "http:notes", "http:notes:7", "http:auth0|42", "http:me@example.com"]);
  });

  it.each(["auth0:42", "telegram:1", "Tenant:7", "HTTP:notes", "http:", ":", "notes ", "a\u0000b", "x".repeat(300), `http:${"x".repeat(300)}`])("follows from a user that is none (%j), in this entrance", (user) => {
    expect(nameBy(user)).toMatch(made);
    expect(nameBy(user)).toBe(nameBy(user));
    expect(nameBy(user)).not.toBe(nameBy(`${user}.`));
  });

  it("is as strict about the header as any message, and reads it as UTF-8", () => {
    expect(nameBy(undefined, "telegram:1")).toBe("telegram:1");
    expect(nameBy(undefined, Buffer.from("Jürgen").toString("latin1"))).toBe("http:Jürgen");
    for (const header of ["Tenant:7", "http:", "x".repeat(300)]) expect(() => nameBy("b", header)).toThrow(expect.objectContaining({ code: "session.invalid" }));
  });
});

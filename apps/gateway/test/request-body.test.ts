import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { readJsonBody } from "../src/request-body.ts";
import { openGateway } from "./support/open-gateway.ts";

const json = { "content-type": "application/json" };

function request(raw: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>, headers: Record<string, string> = json): Request {
  return new Request("http://localhost/", { method: "POST", body: raw, headers, duplex: "half" });
}

function code(body: Promise<unknown>): Promise<string> {
  return body.then(
    () => "read",
    (error: { code?: string }) => error.code ?? String(error),
  );
}

describe("readJsonBody", () => {
  it("gives back every JSON object as it was sent", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
        const body = await readJsonBody(request(JSON.stringify(value)), 1_000_000);
        expect(JSON.stringify(body)).toBe(JSON.stringify(JSON.parse(JSON.stringify(value))));
        expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
      }),
    );
  });

  it("refuses whatever else, and never breaks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        expect(["request.invalid", "request.too-large"]).toContain(await code(readJsonBody(request(Uint8Array.from(bytes)), 48)));
      }),
    );
  });

  it.each([
    ["empty", ""],
    ["broken", "{"],
    ["a list", "[]"],
    ["null", "null"],
    ["a word", '"hi"'],
    ["two objects", "{}{}"],
    ["a comment", "{/**/}"],
    ["invalid UTF-8", Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["an overlong form", Uint8Array.from([0x22, 0xc0, 0xaf, 0x22])],
  ])("refuses %s", async (_what, raw) => {
    expect(await code(readJsonBody(request(raw), 1_000))).toBe("request.invalid");
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonx",
    "application/json, text/plain",
    "application/json charset=utf-8",
    "; charset=utf-8",
    "application/json; charset=latin1",
    "application/json; charset=",
    "application/json; charset",
    'application/json; charset="utf-8',
    "application/json; charset=utf-8; charset=latin1",
    'application/json; profile="x"; charset=utf-16',
  ])("refuses the content type %j", async (type) => {
    expect(await code(readJsonBody(request("{}", { "content-type": type }), 1_000))).toBe("request.invalid");
  });

  it.each([
    "application/json",
    "Application/JSON",
    "application/json;",
    "application/json ; ",
    "application/json;;charset=utf-8",
    "application/json;\tcharset=utf-8",
    "application/json\t;\tcharset=UTF-8\t",
    "application/json; charset=utf8",
    'Application/JSON; charset="UTF-8"',
    "application/json; Charset=utf-8; version=1",
    'application/json; profile="a;charset=latin1, b\\"c"',
  ])("takes the content type %j", async (type) => {
    expect(await code(readJsonBody(request("{}", { "content-type": type }), 10))).toBe("read");
  });

  it.each([
    ["gzip", "request.invalid"],
    ["identity, gzip", "request.invalid"],
    ["identity", "read"],
    ["Identity", "read"],
    ["", "read"],
  ])("answers the content encoding %j with %s", async (encoding, answer) => {
    expect(await code(readJsonBody(request("{}", { ...json, "content-encoding": encoding }), 10))).toBe(answer);
  });

  it("takes no content type at all", async () => {
    const bare = request("{}");
    bare.headers.delete("content-type");
    expect(await code(readJsonBody(bare, 10))).toBe("read");
  });

  it("stops at the limit while it reads, and takes a body of exactly that size", async () => {
    let pulls = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulls += 1;
        controller.enqueue(new Uint8Array(100).fill(0x20));
      },
    });
    expect(await code(readJsonBody(request(endless), 1_000))).toBe("request.too-large");
    expect(pulls).toBeLessThan(20);
    expect(await code(readJsonBody(request("{}"), 2))).toBe("read");
    expect(await code(readJsonBody(request("{} "), 2))).toBe("request.too-large");
  });

  it("takes 64 levels, and refuses more before anything walks them", async () => {
    const nested = (levels: number): Request => request(`{"x":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`);
    expect([await code(readJsonBody(nested(64), 1_000)), await code(readJsonBody(nested(65), 1_000))]).toEqual(["read", "request.invalid"]);
  });

  it.each([
    ["POST /message", (deep: string) => `{"message":"hi","x":${deep}}`],
    ["POST /mcp", (deep: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"x":${deep}}}}`],
  ])("refuses a body nested as deep as its size allows, at %s", async (line, toRaw) => {
    const { ask } = await openGateway({ gateway: { maxBodyBytes: 1_048_576 } });
    const response = await ask(line, { raw: toRaw(`${"[".repeat(400_000)}${"]".repeat(400_000)}`) });
    expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ code: "request.invalid", message: expect.stringContaining("64 levels") }) }]);
  });

  it("answers 413 over the gateway, by length and by bytes", async () => {
    const { ask } = await openGateway();
    expect((await ask("POST /message", { body: { message: "x".repeat(5_000) } })).status).toBe(413);
    const raw = new Blob([JSON.stringify({ message: "x".repeat(5_000) })]).stream();
    const response = await ask("POST /message", { raw });
    expect([response.status, await response.json()]).toEqual([413, { error: expect.objectContaining({ code: "request.too-large" }) }]);
  });
});

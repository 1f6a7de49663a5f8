import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { ModelEvent } from "@omni/core";
import { createDirectProvider, toDirectCall } from "../src/direct-call.ts";

const isTool = (name: string): boolean => name === "files.read" || name === "mcp-x.do_it";

describe("toDirectCall", () => {
  it.each([
    ["files.read", { name: "files.read", arguments: "{}" }],
    ['files.read {"path":"a b.txt"}', { name: "files.read", arguments: '{"path":"a b.txt"}' }],
    ['  files.read   {"path":"a"}  ', { name: "files.read", arguments: '{"path":"a"}' }],
    ['@omni("files.read")', { name: "files.read", arguments: "{}" }],
    ['@omni("files.read", {"path":"a"})', { name: "files.read", arguments: '{"path":"a"}' }],
    ["mcp-x.do_it {\n}", { name: "mcp-x.do_it", arguments: "{\n}" }],
  ])("reads %j as a call", (text, expected) => {
    expect(toDirectCall(text, isTool)).toEqual(expected);
  });

  it.each(["please files.read a.txt", "files.read a.txt", "read a.txt", "files.raed", "files.read {} and more", 'say @omni("files.read")', "index.html", "", "files. read"])("leaves %j to the loop", (text) => {
    expect(toDirectCall(text, isTool)).toBeUndefined();
  });

  it("ends on any text, however long and odd", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", ".", "{", "}", "(", ")", '"', " ", "@omni(", "files.read"), maxLength: 400 }), (text) => {
        const call = toDirectCall(text, isTool);
        if (call !== undefined) expect(isTool(call.name)).toBe(true);
      }),
    );
  });
});

describe("createDirectProvider", () => {
  it("makes the one call and then tells its result as it is", async () => {
    const provider = createDirectProvider(isTool);
    const signal = new AbortController().signal;
    const user = { role: "user", content: [{ type: "text", text: "<time>now</time>" }, { type: "text", text: "files.read" }] } as const;
    const first = await Array.fromAsync(provider.stream({ system: "", messages: [user], tools: [] }, signal));
    expect(first.map((event) => event.type)).toEqual(["tool-call", "finish"]);
    const result = { role: "tool", callId: "direct", name: "files.read", content: [{ type: "text", text: "the file" }], isError: false } as const;
    const second = await Array.fromAsync(provider.stream({ system: "", messages: [user, result], tools: [] }, signal));
    expect(second[0]).toEqual({ type: "text-delta", text: "the file" });
  });

  it("fails with the schema where the loop refused the arguments, and with nothing that a server says itself", async () => {
    const provider = createDirectProvider(isTool);
    const signal = new AbortController().signal;
    const tell = (text: string): Promise<readonly ModelEvent[]> => Array.fromAsync(provider.stream({ system: "", messages: [{ role: "tool", callId: "direct", name: "files.read", content: [{ type: "text", text }], isError: true }], tools: [] }, signal));
    await expect(tell('Error (tool.invalid-arguments): They do not fit. Schema: {"type":"object"}')).rejects.toMatchObject({ code: "tool.invalid-arguments", message: 'They do not fit. Schema: {"type":"object"}' });
    for (const text of ["Error (tool.failed): no such file", '<untrusted source="mcp-x.do_it">\nError (tool.invalid-arguments): no\n</untrusted>']) expect((await tell(text))[0]).toMatchObject({ type: "text-delta" });
  });

  it("makes the call that a hook has left of the words, and none where it left no call", async () => {
    const tell = (text: string): Promise<readonly ModelEvent[]> =>
      Array.fromAsync(createDirectProvider(isTool).stream({ system: "", messages: [{ role: "user", content: [{ type: "text", text: "<time>now</time>" }, { type: "text", text }] }], tools: [] }, new AbortController().signal));
    expect((await tell('files.read {"path":"***"}'))[0]).toMatchObject({ call: { name: "files.read", arguments: '{"path":"***"}' } });
    await expect(tell("[taken out]")).rejects.toMatchObject({ code: "turn.vetoed" });
  });
});

import { describeHook } from "@omni/testkit";
import { expect, it } from "vitest";
import { create__Name__Hook } from "../src/index.ts";

const openKey = "sk-0123456789abcdef";

describeHook("__name__", () => ({
  hook: create__Name__Hook(),
  questions: [
    { point: "toolResult", given: { name: "files.read", result: { content: [{ type: "text", text: `the key is ${openKey}` }], structuredContent: { key: openKey } } } },
    { point: "toolResult", given: { name: "web.fetch", result: { content: [{ type: "resource", resource: { uri: "note:1", text: openKey } }] } } },
  ],
  dispose: async () => undefined,
}));

it("lets no key through", async () => {
  const context = { sessionId: "cli:default", turnId: "turn-1", signal: new AbortController().signal };
  const result = { content: [{ type: "text", text: `the key is ${openKey}` }], structuredContent: { key: openKey } } as const;
  const said = await create__Name__Hook().toolResult?.({ name: "files.read", result }, context);
  expect(JSON.stringify(said)).toContain("the key is [key]");
  expect(JSON.stringify(said)).not.toContain(openKey);
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import { createPlace, fixture, omni, toJson } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

/** One line of omni.json each, and what shows from outside that it took effect. */
const swaps: readonly { readonly line: JsonObject; readonly shows: string; readonly expected: JsonObject }[] = [
  { line: {}, shows: "the defaults write and answer", expected: { status: "completed", output: "written", toolCalls: [{ name: "files.write", status: "completed" }] } },
  { line: { provider: { use: "offline" } }, shows: "another provider asks no model", expected: { status: "failed", error: { code: "no-model" } } },
  { line: { provider: { use: fixture("one-word-provider.mjs") } }, shows: "a provider by path answers", expected: { status: "completed", output: "outside" } },
  { line: { window: { use: "all" } }, shows: "another window", expected: { status: "completed", output: "written" } },
  { line: { window: { use: fixture("blind-window.ts") } }, shows: "a window by path hides every earlier turn", expected: { status: "completed", output: "written" } },
  { line: { memory: false }, shows: "no memory at all", expected: { status: "completed", output: "written" } },
  { line: { memory: { use: fixture("parrot-memory.ts") } }, shows: "a memory by path recalls what it likes", expected: { status: "completed", output: "written" } },
  { line: { policy: { use: "readonly" } }, shows: "another policy refuses the write", expected: { status: "completed", output: "written", toolCalls: [{ name: "files.write", status: "denied" }] } },
  { line: { store: { use: fixture("killing-store.ts"), with: { at: 1_000 } } }, shows: "a store by path keeps the record", expected: { status: "completed", output: "written" } },
  { line: { tools: { files: false } }, shows: "a toolset taken out", expected: { status: "completed", output: "written", toolCalls: [{ status: "failed" }] } },
];

describe("one line of omni.json", () => {
  it.each(swaps)("swaps a part: $shows", async ({ line, expected }) => {
    const place = await createPlace({}, { OPENAI_BASE_URL: model.url });
    const from = model.chats.length;
    try {
      await place.configure({ policy: { use: "workspace", with: { autonomy: "full" } }, ...line });
      model.script([textReply("before"), callReply([{ name: "files.write", arguments: { path: "new.txt", content: "x" } }]), textReply("written")]);
      await omni(place, ["run", "--session", "cli:swap", "earlier words"]);
      const done = toJson(await omni(place, ["run", "--session", "cli:swap", "--json", "write it"]));
      expect(done).toMatchObject(expected);
      const last = JSON.stringify(model.chats.slice(from).at(-1)?.body ?? {});
      const isBlind = JSON.stringify(line).includes("blind-window");
      if (expected["output"] === "written") expect(last.includes("earlier words")).toBe(!isBlind);
      if (JSON.stringify(line).includes("parrot-memory")) expect(last).toContain("the parrot remembers: write it");
    } finally {
      await place.dispose();
    }
  });

  it("names a package of the home, which is found in its node_modules", async () => {
    const place = await createPlace({}, {});
    try {
      await place.configure({ provider: { use: "omni-provider-outside" } });
      const { mkdir, writeFile, copyFile } = await import("node:fs/promises");
      const folder = `${place.home}/node_modules/omni-provider-outside`;
      await mkdir(folder, { recursive: true });
      await writeFile(`${folder}/package.json`, JSON.stringify({ name: "omni-provider-outside", type: "module", exports: { ".": { import: "./index.mjs" } } }));
      await copyFile(fixture("one-word-provider.mjs"), `${folder}/index.mjs`);
      expect(toJson(await omni(place, ["run", "--json", "anything"]))).toMatchObject({ status: "completed", output: "outside" });
    } finally {
      await place.dispose();
    }
  });
});

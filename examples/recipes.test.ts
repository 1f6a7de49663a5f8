import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SlotName } from "@omni/core";
import { callReply, createScriptedProvider, textReply } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { openTemporaryRuntime } from "./temporary-home.ts";

const pages = new URL("../docs/recipes/", import.meta.url);
const sources = new URL("./recipes/", import.meta.url);

const names = readdirSync(sources).filter((name) => /-\w+(?<!\.test)\.ts$/.test(name));

/** The page of a recipe. */
function pageOf(name: string): string {
  return name.replace(/^.*-(\w+)\.ts$/, "write-a-$1.md");
}

/** The files of a recipe with its own first, from the folder of recipes. */
function filesOf(name: string): readonly string[] {
  const folder = name.replace(/\.ts$/, "");
  return [name, ...(existsSync(new URL(folder, sources)) ? readdirSync(new URL(folder, sources)).map((part) => `${folder}/${part}`) : [])];
}

describe("the recipes", () => {
  it("has a page for each, and a recipe for every slot", () => {
    expect(readdirSync(pages).toSorted()).toEqual(names.map(pageOf).toSorted());
    const slots: Readonly<Record<SlotName, true>> = { provider: true, channel: true, memory: true, window: true, tool: true, policy: true, store: true, embedder: true, sandbox: true, hook: true };
    expect(names.map((name) => name.replace(/^.*-(\w+)\.ts$/, "$1")).toSorted()).toEqual(Object.keys(slots).toSorted());
  });

  it.each(names)("quotes %s whole, names every file of it, and has no other code", (name) => {
    const page = readFileSync(new URL(pageOf(name), pages), "utf8");
    const quoted = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code);
    const [own, ...parts] = filesOf(name).map((path) => readFileSync(new URL(path, sources), "utf8"));
    expect(quoted[0]).toBe(own);
    for (const each of quoted.slice(1)) expect(parts).toContain(each);
    for (const path of filesOf(name)) expect(page).toContain(`../../examples/recipes/${path}`);
  });
});

it("the recipes make a runtime together, each named by its path", async () => {
  const use = (name: string): { readonly use: string } => ({ use: fileURLToPath(new URL(name, sources)) });
  const model = createScriptedProvider([callReply([{ name: "journal.add", arguments: { line: "fed the cat" } }]), textReply("I may only talk.")]);
  const settings = { memory: use("file-memory.ts"), window: use("eight-window.ts"), policy: use("talk-policy.ts"), hooks: [use("redact-hook.ts")], tools: { journal: use("journal-tool.ts") } };
  await using home = await openTemporaryRuntime(settings, model);
  const turn = await home.runtime.submit({ sessionId: "cli:diary", text: "note that I fed the cat", origin: "cli", interactive: false, principal: { id: "owner", scopes: ["read", "chat", "approve", "admin"] } });
  expect((await turn.outcome).output).toBe("I may only talk.");
  expect(JSON.stringify(model.requests[1]?.messages)).toContain("this policy only talks");
});

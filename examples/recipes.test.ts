import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PlacedMessage, SendFault, SentMessage } from "@omni/testkit";
import { describeChannel, describeHook, describeMemory, describePolicy, describeProvider, describeSessionWindow, describeTool, toProviderPlace } from "@omni/testkit";
import { callReply, createFakeHost, createMemoryFiles, createScriptedProvider, textReply } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createEightWindow } from "./recipes/eight-window.ts";
import { createFileMemory } from "./recipes/file-memory.ts";
import { createJournalTool } from "./recipes/journal-tool.ts";
import { createLetterProvider } from "./recipes/letter-provider.ts";
import { createRedactHook } from "./recipes/redact-hook.ts";
import { createRoomChannel } from "./recipes/room-channel.ts";
import { createTalkPolicy } from "./recipes/talk-policy.ts";
import { openTemporaryRuntime } from "./temporary-home.ts";

const pages = new URL("../docs/recipes/", import.meta.url);
const sources = new URL("./recipes/", import.meta.url);

describe("the recipes", () => {
  const names = readdirSync(sources).filter((name) => name.endsWith(".ts"));

  it("has a page for every file", () => {
    const wanted = names.map((name) => name.replace(/^.*-(\w+)\.ts$/, "write-a-$1.md"));
    expect(readdirSync(pages).toSorted()).toEqual(wanted.toSorted());
  });

  it.each(names)("quotes %s as it is, and no other code", (name) => {
    const page = readFileSync(new URL(name.replace(/^.*-(\w+)\.ts$/, "write-a-$1.md"), pages), "utf8");
    const quoted = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code);
    expect(quoted).toEqual([readFileSync(new URL(name, sources), "utf8")]);
    expect(page).toContain(`../../examples/recipes/${name}`);
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

describeSessionWindow("the window of the recipe", () => createEightWindow());
describePolicy("the policy of the recipe", () => createTalkPolicy());

describeMemory("the memory of the recipe", () => {
  const host = createFakeHost();
  return { open: async () => createFileMemory({}, host), dispose: async () => undefined };
});

describeProvider("the provider of the recipe", () => {
  const host = createFakeHost({ egress: { fetch: async () => Response.json({ text: "Dear reader" }), configured: () => fetch } });
  return toProviderPlace(() => createLetterProvider({ url: "https://letters.example/" }, host));
});

describeTool(
  "the tools of the recipe",
  () => {
    const files = createMemoryFiles({ "/home/omni/workspace/readme.txt": "words" });
    const host = createFakeHost({ files });
    return {
      toolset: createJournalTool({}, host),
      samples: [
        { tool: "journal.read", input: { lines: 5 } },
        { tool: "journal.add", input: { line: "fed the cat" } },
      ],
      failing: [{ tool: "journal.add", input: { line: " " } }],
      state: async () => [...files.entries].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]),
      elapse: (milliseconds) => host.clock.advance(milliseconds),
      dispose: async () => undefined,
    };
  },
  { skip: { T12: "the list of tools never changes" } },
);

const openKey = "sk-0123456789abcdef";

describeHook("the hook of the recipe", () => ({
  hook: createRedactHook(),
  questions: [
    { point: "toolResult", given: { name: "files.read", result: { content: [{ type: "text", text: `the key is ${openKey}` }], structuredContent: { key: openKey } } } },
    { point: "toolResult", given: { name: "web.fetch", result: { content: [{ type: "resource", resource: { uri: "note:1", text: openKey } }] } } },
  ],
  dispose: async () => undefined,
}));

it("the hook of the recipe lets no key through", async () => {
  const context = { sessionId: "cli:default", turnId: "turn-1", signal: new AbortController().signal };
  const result = { content: [{ type: "text", text: `the key is ${openKey}` }], structuredContent: { key: openKey } } as const;
  const said = await createRedactHook().toolResult?.({ name: "files.read", result }, context);
  expect(JSON.stringify(said)).toContain("the key is [key]");
  expect(JSON.stringify(said)).not.toContain(openKey);
});

/** Rooms in this process, behind the fetch of a fake host. */
function createRooms(): Parameters<typeof describeChannel>[1] {
  return () => {
    const waiting: { readonly message: PlacedMessage; readonly settle: (outcome: "acknowledged" | "kept") => void; isListed: boolean }[] = [];
    const numbers = new Map<string, number>();
    const shown: (SentMessage & { readonly key: string })[] = [];
    const faults: SendFault[] = [];
    const numberOf = (id: string): number => numbers.get(id) ?? numbers.set(id, numbers.size + 1).size;
    const listAfter = (after: number): Response => {
      for (const each of waiting.splice(0)) {
        if (numberOf(each.message.id) <= after && each.isListed) each.settle("acknowledged");
        else if (each.isListed) each.settle("kept");
        else waiting.push(Object.assign(each, { isListed: true }));
      }
      return Response.json({ messages: waiting.map(({ message }) => ({ number: numberOf(message.id), room: message.conversation, person: message.sender.id, text: message.text, time: message.at / 1_000 })) });
    };
    const take = async (body: { readonly room: string; readonly text: string; readonly key: string }, signal: AbortSignal): Promise<Response> => {
      const fault = faults.shift();
      if (fault === "refused") return new Response(null, { status: 429 });
      if (fault === "forbidden") return new Response(null, { status: 404 });
      if (fault === "stalled") await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
      if (!shown.some(({ key }) => key === body.key)) shown.push({ conversation: body.room, text: body.text, buttons: [], key: body.key });
      if (fault === "lost") throw new TypeError("the connection broke");
      return Response.json({ number: shown.findIndex(({ key }) => key === body.key) + 1 });
    };
    const host = createFakeHost({
      egress: {
        async fetch(url, init) {
          const signal = init?.signal ?? new AbortController().signal;
          signal.throwIfAborted();
          if (init?.method !== "POST") return listAfter(Number(new URL(url).searchParams.get("after")));
          return take(JSON.parse(String(init.body)), signal);
        },
        configured: () => fetch,
      },
    });
    return {
      create: async () => createRoomChannel({ url: "https://rooms.example/" }, host),
      deliver: (message) => new Promise((settle) => waiting.push({ message, settle, isListed: false })),
      sent: () => shown.map(({ key: _key, ...message }) => message),
      failNext: (fault) => void faults.push(fault),
      elapse: (milliseconds) => host.clock.advance(milliseconds),
      dispose: async () => undefined,
    };
  };
}

describeChannel("the channel of the recipe", createRooms(), { abilities: ["acknowledges", "conversations", "senders", "faults"] });

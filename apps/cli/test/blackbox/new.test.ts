import { chmod, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject, SlotName } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Place } from "./omni-process.ts";
import type { Made, Outside, SmallServer } from "./outside.ts";
import { createPlace, omni, startGateway, toJson } from "./omni-process.ts";
import { compileAll, createOutside, createSmallServer, program, publish, runKits, runNode } from "./outside.ts";

const slots: readonly SlotName[] = ["provider", "channel", "memory", "window", "tool", "policy", "store", "embedder", "sandbox", "hook"];

/** Cases that a package leaves out as it is made: rooms have no threads and come to nobody, the tools keep no key, take no time and never change, and no program is contained here. */
const skippedCases: Readonly<Record<string, number>> = { channel: 9, memory: 28, store: 6, tool: 3, sandbox: 10 };

let outside: Outside;
let place: Place;
let model: FakeOpenAI;
let made: ReadonlyMap<SlotName, Made>;
beforeAll(async () => {
  [outside, model] = await Promise.all([createOutside(), createFakeOpenAI()]);
  place = await createPlace({}, { OPENAI_BASE_URL: model.url });
  made = new Map(await Promise.all(slots.map(async (slot) => [slot, toJson<Made>(await omni(place, ["new", slot, "mine", "--json"], { cwd: outside.root }))] as const)));
}, 180_000);
afterAll(async () => {
  await Promise.all([outside.dispose(), place.dispose(), model.close()]);
});

/** The package of a slot. */
function packageOf(slot: SlotName): Made {
  const found = made.get(slot);
  if (found === undefined) throw new Error(`no package of ${slot} was made`);
  return found;
}

/** A home with a part swapped in as `omni new` says, its options replaced where the test has others. */
async function swapIn(slot: SlotName, options: JsonObject | undefined, settings: JsonObject = {}): Promise<Place> {
  const home = await createPlace({}, { OPENAI_BASE_URL: model.url });
  const use = JSON.stringify(packageOf(slot).use, (key, value: unknown) => (key === "with" ? options : value));
  await home.configure({ policy: { use: "workspace", with: { autonomy: "full", unsandboxedShell: true } }, ...settings, ...(JSON.parse(use) as JsonObject) });
  return home;
}

/** Runs a test in a home and takes both away. */
async function withHome(home: Place, servers: readonly SmallServer[], body: (home: Place) => Promise<void>): Promise<void> {
  try {
    await body(home);
  } finally {
    await Promise.all([home.dispose(), ...servers.map((server) => server.close())]);
  }
}

const lastRequest = (): string => JSON.stringify(model.chats.at(-1)?.body ?? {});

describe("the packages that omni new makes", () => {
  it.each(slots)("of a %s import only @omni/core and their own files", async (slot) => {
    const { folder, files } = packageOf(slot);
    const sources = files.filter((file) => file.startsWith("src/"));
    expect(sources.length).toBeGreaterThan(1);
    for (const file of sources) {
      const text = await readFile(join(folder, file), "utf8");
      const imported = [...text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"|\bimport\("([^"]+)"\)|\brequire\(/gm)].map(([, from, lazy]) => from ?? lazy ?? "require");
      for (const from of imported) expect(from).toMatch(/^(?:@omni\/core|\.\/[\w-]+\.ts)$/);
      expect(text).not.toMatch(/\bprocess\.|\bglobalThis\b|(?<![\w.])fetch\(/);
    }
  });

  it("are the same from what is published of the program", async () => {
    const { files } = JSON.parse(await readFile(join(program, "package.json"), "utf8")) as { readonly files: readonly string[] };
    const copy = join(place.root, "program");
    for (const path of ["package.json", ...files]) await cp(join(program, path), join(copy, path), { recursive: true });
    const said = JSON.parse(await runNode([join(copy, "dist/main.js"), "new", "store", "mine", "--json"], place.root)) as Made;
    expect(said.files).toEqual(packageOf("store").files);
    for (const file of said.files.filter((each) => each !== "README.md")) expect(await readFile(join(said.folder, file), "utf8")).toBe(await readFile(join(packageOf("store").folder, file), "utf8"));
  });

  it("pass their kits and the strict compiler", { timeout: 180_000 }, async () => {
    const [kits, said] = await Promise.all([runKits(outside.root), compileAll(outside.root, packageOf("tool"))]);
    expect(said).toBe("");
    expect([...kits.keys()].toSorted()).toEqual(slots.map((slot) => `${slot}-mine`).toSorted());
    for (const [name, { passed, skipped, failed }] of kits) {
      expect([name, failed]).toEqual([name, []]);
      expect(passed).toBeGreaterThan(9);
      expect([name, skipped]).toEqual([name, skippedCases[name.replace("-mine", "")] ?? 0]);
    }
  });
});

describe("one line of omni.json swaps in", () => {
  it("the provider: its endpoint answers", async () => {
    const endpoint = await createSmallServer(() => new Response('{"text":"from "}\n{"text":"outside"}\n{"end":"stop","used":{"input":12,"output":2}}\n'));
    await withHome(await swapIn("provider", { url: endpoint.url }), [endpoint], async (home) => {
      expect(toJson(await omni(home, ["run", "--json", "who are you?"]))).toMatchObject({ status: "completed", output: "from outside", usage: { inputTokens: 12, outputTokens: 2 } });
      expect(endpoint.asked.map(({ body }) => JSON.parse(body))).toEqual([expect.objectContaining({ model: "mine", letters: [{ from: "person", parts: expect.arrayContaining([{ text: "who are you?" }]) }] })]);
    });
  });

  it("the channel: what is said in a room is answered there", async () => {
    const room = { number: 1, room: "den", person: "p1", text: "is anybody there?", time: 1_700_000_000 };
    const rooms = await createSmallServer(({ method, path }) => (method === "POST" ? Response.json({ number: 2 }) : Response.json({ messages: path.endsWith("after=0") ? [room] : [] })));
    await withHome(await swapIn("channel", { url: rooms.url, allow: ["p1"] }), [rooms], async (home) => {
      model.script([textReply("somebody is")]);
      const gateway = await startGateway(home);
      const { body } = await rooms.until(({ method }) => method === "POST").finally(gateway.stop);
      expect(JSON.parse(body)).toMatchObject({ room: "den", text: "somebody is" });
      expect(lastRequest()).toContain("is anybody there?");
    });
  });

  it("the memory: what its file says is recalled", async () => {
    await withHome(await swapIn("memory", undefined), [], async (home) => {
      const text = "The shed key hangs behind the clock.";
      const episode = { id: "e1", kind: "fact", text, intent: "", experience: "", outcome: "", q: 0.5, uses: 0, successes: 0, failures: 0, at: 1, createdAt: 1, lastUsedAt: 0, source: { trusted: true } };
      const scopes = [{ scope: "agent", owner: "default" }, { scope: "session", owner: "cli:keys" }, { scope: "user", owner: "owner" }, { scope: "global", owner: "" }];
      await mkdir(join(home.home, "state"), { recursive: true, mode: 0o700 });
      await writeFile(join(home.home, "state", "mine-memory.json"), JSON.stringify({ episodes: scopes.map((scope, index) => ({ ...episode, id: `e${index}`, scope })), turns: [] }));
      model.script([textReply("behind the clock")]);
      await omni(home, ["run", "--session", "keys", "where is the shed key?"]);
      expect(lastRequest()).toContain(text);
    });
  });

  it("the window: the model sees the eight newest turns and no earlier one", async () => {
    await withHome(await swapIn("window", undefined), [], async (home) => {
      const lines = Array.from({ length: 10 }, (_, index) => `message ${String.fromCharCode(97 + index)}`);
      model.script(lines.map(() => textReply("yes")));
      await omni(home, ["stdio", "--session", "letters"], { input: `${lines.join("\n")}\n` });
      expect(lines.filter((line) => lastRequest().includes(line))).toEqual(lines.slice(1));
    });
  });

  it("the tools: the model is offered and calls them", async () => {
    await withHome(await swapIn("tool", undefined), [], async (home) => {
      model.script([callReply([{ name: "mine.add", arguments: { line: "fed the cat" } }]), textReply("noted")]);
      expect(toJson(await omni(home, ["run", "--json", "note that"]))).toMatchObject({ output: "noted", toolCalls: [{ name: "mine.add", status: "completed" }] });
      expect(await home.read("mine.md")).toBe("fed the cat\n");
    });
  });

  it("the policy: it refuses in its own words", async () => {
    await withHome(await swapIn("policy", undefined), [], async (home) => {
      model.script([callReply([{ name: "files.write", arguments: { path: "a.txt", content: "x" } }]), textReply("I may not")]);
      expect(toJson(await omni(home, ["run", "--json", "write it"]))).toMatchObject({ output: "I may not", toolCalls: [{ name: "files.write", status: "denied" }] });
      expect(lastRequest()).toContain("this policy only talks");
    });
  });

  it("the store: the record lies on its shelf, and is found there by the next program", async () => {
    let lying: { readonly text: string; readonly tag: string } | undefined;
    const shelf = await createSmallServer(({ method, headers, body }) => {
      if (method === "GET") return lying === undefined ? new Response(null, { status: 404 }) : new Response(lying.text, { headers: { etag: lying.tag } });
      if (headers["if-match"] !== lying?.tag) return new Response(null, { status: 412 });
      lying = { text: body, tag: `"${shelf.asked.length}"` };
      return new Response(null, { status: 204 });
    });
    await withHome(await swapIn("store", { url: shelf.url }), [shelf], async (home) => {
      model.script([textReply("kept"), textReply("kept too")]);
      expect(toJson(await omni(home, ["run", "--json", "--session", "shelf", "keep these words"]))).toMatchObject({ status: "completed", output: "kept" });
      await omni(home, ["run", "--session", "shelf", "and these"]);
      expect(lastRequest()).toContain("keep these words");
      expect(lying?.text).toContain("keep these words");
      expect(toJson(await omni(home, ["sessions", "list", "--json"]))).toMatchObject({ sessions: [{ sessionId: "cli:shelf", turns: 2 }] });
      expect((await readdir(join(home.home, "state"))).filter((name) => name.includes(".db"))).toEqual([]);
    });
  });

  it("the embedder: the memory's question goes to its endpoint", async () => {
    const endpoint = await createSmallServer(({ body }) => Response.json({ vectors: (JSON.parse(body) as { readonly texts: readonly string[] }).texts.map(() => Array.from({ length: 128 }, () => 1)) }));
    const asking = join(outside.root, "asking-memory.mjs");
    await writeFile(
      asking,
      `const nothing = async () => [];
       const create = (_options, { embedder }) => ({ recall: async (query) => (await embedder.embed([query], new AbortController().signal), []), list: nothing, store: nothing, forget: nothing, reinforce: nothing, stats: async () => ({ episodes: 0, embedder: embedder.identity.model }), close: nothing });
       export const omni = { slot: "memory", name: "asking", contract: 1, options: { jsonSchema: { type: "object" }, parse: (value) => value }, create };`,
    );
    await withHome(await swapIn("embedder", { url: endpoint.url }, { memory: { use: asking } }), [endpoint], async (home) => {
      model.script([textReply("yes")]);
      await omni(home, ["run", "what do you know?"]);
      expect(endpoint.asked.map(({ body }) => JSON.parse(body))).toEqual([{ texts: ["what do you know?"] }]);
    });
  });

  it("the sandbox: the program of a tool is started through it", async () => {
    const containing = join(outside.root, "contain");
    await writeFile(containing, `#!/bin/sh\nprintf '%s\\n' "$*" >> '${containing}.log'\nwhile [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done\n[ $# -eq 0 ] && exit 0\nshift\nexec "$@"\n`);
    await chmod(containing, 0o755);
    await withHome(await swapIn("sandbox", { program: containing }), [], async (home) => {
      model.script([callReply([{ name: "shell.run", arguments: { argv: ["/bin/echo", "contained"] } }]), textReply("done")]);
      expect(toJson(await omni(home, ["run", "--json", "say it"]))).toMatchObject({ toolCalls: [{ name: "shell.run", status: "completed" }] });
      expect(lastRequest()).toContain("contained");
      const [trial, ...started] = (await readFile(`${containing}.log`, "utf8")).split("\n");
      expect(trial).toBe("--unshare-all --ro-bind / / true");
      expect(started[0]).toContain(`--bind-try ${home.workspace} ${home.workspace} `);
      expect(started.join("\n")).toMatch(/^--unshare-all --die-with-parent .* -- [^]*\/bin\/echo contained\n$/);
    });
  });

  it("the hook, also as it is published: built, and named as a package of the home", async () => {
    const home = await createPlace({ "notes.txt": "the key is sk-0123456789abcdef" }, { OPENAI_BASE_URL: model.url });
    await withHome(home, [], async () => {
      for (const use of [packageOf("hook").folder, packageOf("hook").package]) {
        await home.configure({ policy: { use: "workspace", with: { autonomy: "full" } }, hooks: [{ use }] });
        if (use === packageOf("hook").package) await publish(outside.root, packageOf("hook"), home.home);
        model.script([callReply([{ name: "files.read", arguments: { path: "notes.txt" } }]), textReply("read")]);
        await omni(home, ["run", "read the notes"]);
        expect(lastRequest()).toContain("the key is [key]");
        expect(lastRequest()).not.toContain("sk-0123456789abcdef");
      }
    });
  });
});

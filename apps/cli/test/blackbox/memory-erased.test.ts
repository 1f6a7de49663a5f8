import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { inMemoryPlace, listAll, say } from "./memory-place.ts";
import { omni, startGateway } from "./omni-process.ts";

/** What is planted: in the person's words, in a file that a tool reads, in what is saved, in the answer and in the summary. */
const secrets = ["zanzibarsaid", "zanzibarread", "zanzibarsaved", "zanzibaranswered", "zanzibarsummed", "zanzibarprinted"];

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI({
    script(body) {
      const messages = body.raw["messages"] as readonly { readonly role: string; readonly content: unknown }[];
      if (JSON.stringify(messages).includes("You write down what a conversation")) return textReply(JSON.stringify({ summary: "It was about zanzibarsummed.", experiences: [{ intent: "zanzibarsummed", experience: "said zanzibarsummed", outcome: "noted" }] }));
      const last = messages.at(-1);
      if (last?.role === "tool") return textReply("I know zanzibaranswered now");
      if (JSON.stringify(last).includes("print it")) return callReply([{ name: "shell.run", arguments: { command: "yes zanzibarprinted | head -c 9000000" } }]);
      if (JSON.stringify(last).includes("plant it")) return callReply([{ name: "memory.save", arguments: { text: "The password of Berta is zanzibarsaved." } }, { name: "files.read", arguments: { path: "notes.txt" } }]);
      return textReply("well");
    },
  });
});
afterAll(() => model.close());

/** Every file of the home in which one of the secrets stands, with it. */
async function findSecrets(place: Place): Promise<readonly string[]> {
  const files = (await readdir(place.home, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const found = await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = await readFile(path);
      return secrets.filter((secret) => bytes.includes(secret) || bytes.includes(Buffer.from(secret, "utf16le"))).map((secret) => `${path.slice(place.home.length + 1)}: ${secret}`);
    }),
  );
  return found.flat();
}

/** Turns with the secrets, and some of another session before and after, so that pages are shared. */
async function plant(place: Place): Promise<void> {
  await writeFile(join(place.workspace, "notes.txt"), `the notes say zanzibarread ${"and so on ".repeat(2_000)}`);
  await omni(place, ["run", "--session", "kept", "the weather is fine"]);
  await omni(place, ["run", "--session", "told", "plant it: zanzibarsaid"]);
  await omni(place, ["run", "--session", "kept", "the weather is still fine"]);
  for (const more of ["one", "two", "three"]) await omni(place, ["run", "--session", "told", `zanzibarsaid again, ${more}`]);
  expect(new Set((await findSecrets(place)).map((each) => each.split(": ")[1]))).toEqual(new Set(secrets.slice(0, 4)));
}

const scopes: readonly { readonly what: string; readonly config: JsonObject }[] = [
  { what: "kept for the session", config: {} },
  { what: "kept for the person", config: { agent: { memoryScope: "user" } } },
  { what: "kept without an embedder", config: { embedder: false } },
];

describe("omni sessions delete leaves no byte of it in the home", () => {
  it.concurrent.each(scopes)("as it was said, $what", ({ config }) =>
    inMemoryPlace(
      model,
      async (place) => {
        await plant(place);
        expect((await omni(place, ["sessions", "delete", "told", "--yes"])).code).toBe(0);
        expect(await findSecrets(place)).toEqual([]);
        expect(await listAll(place)).toEqual([]);
        expect((await omni(place, ["sessions", "show", "kept"])).stdout).toContain("the weather is still fine");
      },
      config,
    ),
  );

  it.concurrent.each(scopes)("after it was summed up, $what", ({ config }) =>
    inMemoryPlace(
      model,
      async (place) => {
        await plant(place);
        for (const session of ["told", "kept"]) await omni(place, ["run", "--session", session, "/compact"]);
        expect((await listAll(place)).length).toBeGreaterThan(4);
        await omni(place, ["run", "--session", "told", "what was zanzibarsaid?"]);
        expect((await findSecrets(place)).some((each) => each.endsWith("summed"))).toBe(true);
        expect((await omni(place, ["sessions", "delete", "told", "--yes"])).code).toBe(0);
        expect(await findSecrets(place)).toEqual([]);
      },
      config,
    ),
  );

  it.concurrent("and of what its programs printed, however much", () =>
    inMemoryPlace(
      model,
      async (place) => {
        await omni(place, ["run", "--session", "told", "print it"]);
        expect((await findSecrets(place)).some((each) => each.includes("shell-outputs"))).toBe(true);
        expect((await omni(place, ["sessions", "delete", "told", "--yes"])).code).toBe(0);
        expect(await findSecrets(place)).toEqual([]);
      },
      { policy: { use: "workspace", with: { autonomy: "full", unsandboxedShell: true } } },
    ),
  );

  it.concurrent.each(["the command line", "the gateway"])("while a gateway runs, through %s", (through) =>
    inMemoryPlace(model, async (place) => {
      await plant(place);
      const gateway = await startGateway(place);
      await say(gateway, "http:other", "zanzi was mentioned");
      await omni(place, ["run", "--session", "told", "/compact"]);
      if (through === "the gateway") expect((await gateway.fetch("/sessions/cli:told", { method: "DELETE" })).ok).toBe(true);
      else expect((await omni(place, ["sessions", "delete", "told", "--yes"])).code).toBe(0);
      await gateway.stop();
      expect(await findSecrets(place)).toEqual([]);
    }),
  );
});

describe("omni memory forget", () => {
  it("leaves no byte of what is forgotten in the memory, also beside a gateway", () =>
    inMemoryPlace(model, async (place) => {
      await plant(place);
      const gateway = await startGateway(place);
      const ids = (await listAll(place)).map(({ id }) => id);
      expect((await omni(place, ["memory", "forget", "--yes", ...ids])).code).toBe(0);
      await gateway.stop();
      expect((await findSecrets(place)).filter((each) => each.includes("memory.db"))).toEqual([]);
    }));
});

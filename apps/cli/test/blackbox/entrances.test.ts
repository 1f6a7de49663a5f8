import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, toJson } from "./omni-process.ts";

const files = { "a.txt": "alpha\nbeta\n", "docs/b.md": "# Beta\n" };
const messages = ["read both files", "edit the first one", "say what changed"];

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

function scriptThreeTurns(): void {
  model.script([
    callReply([{ id: "c1", name: "files.read", arguments: { path: "a.txt" } }, { id: "c2", name: "files.grep", arguments: { pattern: "Beta" } }]),
    textReply("I have read both."),
    callReply([{ id: "c3", name: "files.edit", arguments: { path: "a.txt", old: "beta", new: "gamma" } }]),
    textReply("Edited."),
    textReply("beta became gamma"),
  ]);
}

/** The recorded bodies, the time of day put aside. */
function takeBodies(from: number): readonly string[] {
  return model.chats.slice(from).map((chat) => JSON.stringify(chat.body).replaceAll(/<time>[^<]*<\/time>/g, "<time/>"));
}

async function withPlace(body: (place: Place) => Promise<void>): Promise<readonly string[]> {
  const place = await createPlace(files, { OPENAI_BASE_URL: model.url, OMNI_POLICY_WITH_AUTONOMY: "full" });
  const from = model.chats.length;
  scriptThreeTurns();
  try {
    await body(place);
    expect(await place.read("a.txt")).toBe("alpha\ngamma\n");
    return takeBodies(from);
  } finally {
    await place.dispose();
  }
}

describe("three turns with tools", () => {
  it("send the same requests by run, by stdio and over HTTP", async () => {
    const byRun = await withPlace(async (place) => {
      for (const message of messages) expect((await omni(place, ["run", "--session", "cli:three", message])).code).toBe(0);
    });
    const byStdio = await withPlace(async (place) => {
      const { code, stdout } = await omni(place, ["stdio"], { input: `${messages.join("\n")}\n` });
      expect(code).toBe(0);
      expect(stdout).toBe("I have read both.\nEdited.\nbeta became gamma\n");
    });
    const byHttp = await withPlace(async (place) => {
      await place.configure({ workspace: place.workspace });
      const gateway = await startGateway(place);
      for (const message of messages) expect((await gateway.post("/message", { message })).status).toBe(200);
      await gateway.stop();
    });
    expect(byRun).toHaveLength(5);
    expect(byStdio).toEqual(byRun);
    expect(byHttp).toEqual(byRun);
  });

  it("are all in the session's record, with their calls", async () => {
    await withPlace(async (place) => {
      for (const message of messages) await omni(place, ["run", "--session", "cli:three", message]);
      const shown = toJson(await omni(place, ["sessions", "show", "cli:three", "--json"]));
      expect(shown).toMatchObject({
        sessionId: "cli:three",
        stats: { totalTurns: 3, totalToolCalls: 3, windowUsed: 3 },
        turns: [
          { user: "read both files", output: "I have read both.", toolCalls: [{ name: "files.read", status: "completed" }, { name: "files.grep", status: "completed" }] },
          { user: "edit the first one", toolCalls: [{ name: "files.edit", status: "completed" }] },
          { user: "say what changed", output: "beta became gamma", status: "completed" },
        ],
      });
    });
  });
});

describe("a task of several rounds", () => {
  it("reads, edits and greps real files and answers alone on stdout", async () => {
    const place = await createPlace(files, { OPENAI_BASE_URL: model.url, OMNI_POLICY_WITH_AUTONOMY: "full" });
    model.script([
      callReply([{ name: "files.list", arguments: { depth: 2 } }]),
      callReply([{ name: "files.read", arguments: { path: "docs/b.md" } }]),
      callReply([{ name: "files.edit", arguments: { path: "docs/b.md", old: "# Beta", new: "# Delta" } }, { name: "files.grep", arguments: { pattern: "Delta" } }]),
      textReply("The title is Delta now."),
    ]);
    try {
      const done = await omni(place, ["run", "rename the title"]);
      expect(done).toMatchObject({ code: 0, stdout: "The title is Delta now.\n" });
      expect(await place.read("docs/b.md")).toBe("# Delta\n");
      expect(JSON.stringify(model.chats.at(-1)?.body)).toContain("docs/b.md:1");
    } finally {
      await place.dispose();
    }
  });
});

describe("fifty messages at once", () => {
  it("to one session are answered one by one in order; to fifty sessions they overlap", async () => {
    const place = await createPlace({}, { OPENAI_BASE_URL: model.url });
    const gateway = await startGateway(place);
    try {
      const from = model.chats.length;
      model.script((body) => textReply(`answer to ${body.userTexts.at(-1)?.split("\n").at(-1) ?? ""}`));
      const numbers = Array.from({ length: 50 }, (_, index) => index);
      const posts = numbers.map((number) => gateway.post("/message", { message: `number ${number}`, session_id: "http:one" }));
      const answers = (await Promise.all((await Promise.all(posts)).map((response) => response.json()))) as { output: string; turn_id: string }[];
      expect(answers.map((answer) => answer.output).sort()).toEqual(numbers.map((number) => `answer to number ${number}`).sort());
      const lengths = model.chats.slice(from).map((chat) => (chat.body["messages"] as readonly unknown[]).length);
      expect(lengths).toEqual(numbers.map((number) => 2 + 2 * number));

      model.script({ "*": Array.from({ length: 50 }, () => ({ ...textReply("together"), barrier: "all" })) });
      const overlapping = numbers.map((number) => gateway.post("/message", { message: "at once", session_id: `http:s${number}` }));
      await model.reached("all", 50);
      model.release("all");
      for (const response of await Promise.all(overlapping)) expect(response.status).toBe(200);
    } finally {
      await gateway.stop();
      await place.dispose();
    }
  });
});

describe("a thousand tool calls in one turn", () => {
  it("never exceed the budget in any request", async () => {
    const place = await createPlace({ "big.txt": "some words of a line\n".repeat(120) }, { OPENAI_BASE_URL: model.url, OMNI_AGENT_CONTEXTTOKENS: "16000" });
    const from = model.chats.length;
    model.script((_body, index) => (index < 1_000 ? callReply([{ name: "files.read", arguments: { path: "big.txt", offset: (index % 100) + 1, limit: 20 + Math.floor(index / 100) } }]) : textReply("done at last")));
    try {
      const done = toJson(await omni(place, ["run", "--json", "--max-rounds", "1100", "--timeout", "600", "read on and on"]));
      expect(done).toMatchObject({ status: "completed", output: "done at last", rounds: 1_001 });
      const sizes = model.chats.slice(from).map((chat) => JSON.stringify(chat.body).length);
      expect(sizes).toHaveLength(1_001);
      // Four characters a token is what English prose has; the wire's own words come on top.
      expect(Math.max(...sizes) / 4).toBeLessThan(16_000);
    } finally {
      await place.dispose();
    }
  }, 120_000);
});

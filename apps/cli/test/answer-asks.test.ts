import { OmniError } from "@omni/core";
import type { Reply } from "@omni/runtime";
import { describe, expect, test } from "vitest";
import type { FakeRuntime } from "./fake-runtime.ts";
import type { FakeTerminal } from "./fake-terminal.ts";
import { answerAsks } from "../src/answer-asks.ts";
import { createFakeRuntime } from "./fake-runtime.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { owner } from "../src/owner.ts";

const busy = new OmniError("store.busy", "Another process keeps omni.db locked;\ntry again in a moment.", { retryable: true });

interface Asking {
  readonly terminal: FakeTerminal;
  /** What the turn was answered. */
  readonly reply: Promise<Reply>;
  /** Answers that were tried. */
  readonly tried: readonly Reply[];
}

/** A turn that asks the person, who types this; `answer` stands in for the runtime's own. */
async function ask(input: string, answer: (runtime: FakeRuntime, reply: Reply, tries: number) => Promise<void>): Promise<Asking> {
  const terminal = createFakeTerminal({ isTerminal: true, input });
  const runtime = createFakeRuntime();
  await runtime.submit({ text: "task", sessionId: "cli:1", origin: "cli", interactive: true, principal: owner });
  const tried: Reply[] = [];
  const turns = { ...runtime, answer: (_: string, reply: Reply) => answer(runtime, reply, tried.push(reply)) };
  answerAsks("1", turns, terminal);
  const reply = (await runtime.submitted(1)).ask({ arguments: { command: "ls" } });
  return { terminal, reply, tried };
}

const putTimes = ({ terminal }: Asking): number => terminal.err().match(/shell\.run wants to run/g)?.length ?? 0;

describe("an answer that fails", () => {
  test("is told in one line, and the question is asked again while it is open", async () => {
    const asking = await ask("a\na\n", async (runtime, reply, tries) => {
      if (tries === 1) throw busy;
      await runtime.answer("ask1", reply);
    });
    expect(await asking.reply).toEqual({ decision: "always" });
    expect([putTimes(asking), asking.tried]).toEqual([2, [{ decision: "always" }, { decision: "always" }]]);
    expect(asking.terminal.err()).toContain("[a]lways: omni: store.busy: Answering failed, and the question is still open: answer again. Another process keeps omni.db locked; try again in a moment.\nshell.run wants");
  });

  test("is told, and the question asked no more, where it is closed all the same", async () => {
    const asking = await ask("a\na\n", async (runtime, reply) => {
      await runtime.answer("ask1", reply);
      throw busy;
    });
    expect(await asking.reply).toEqual({ decision: "always" });
    await expect.poll(() => asking.terminal.err()).toContain("omni: store.busy: Answering failed, and the question is open here no more: ");
    expect([putTimes(asking), asking.tried.length]).toEqual([1, 1]);
  });

  test("is told once where nobody types any more", async () => {
    const asking = await ask("", async () => {
      throw new TypeError("broken");
    });
    await expect.poll(() => asking.terminal.err()).toContain("omni: internal: Answering failed, and the question is still open: answer it with /approve or /deny in its session. broken\n");
    expect([putTimes(asking), asking.tried]).toEqual([1, [{ decision: "deny" }]]);
  });

  test("because the question has closed meanwhile is not told", async () => {
    const asking = await ask("y\n", async (runtime, reply) => {
      await runtime.answer("ask1", reply);
      await runtime.answer("ask1", reply);
    });
    expect(await asking.reply).toEqual({ decision: "allow" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(asking.terminal.err()).not.toContain("Answering failed");
  });
});

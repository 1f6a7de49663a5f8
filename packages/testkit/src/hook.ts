import type { Hook, HookContext, JsonObject, ModelRequest } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import type { HookPlace, HookQuestion } from "./hook-place.ts";
import { describeContract } from "./contract.ts";
import { hookQuestions } from "./hook-questions.ts";
import { settlesWithin } from "./settles-within.ts";
import { toContentProblem } from "./tool-shape.ts";

const points = ["message", "modelCall", "toolCall", "toolResult"] as const;

/** Time a hook may take to answer, and once its signal is aborted; milliseconds. */
const answerMs = 2_000;
const graceMs = 1_000;

/** Every obligation of `Hook`; see `docs/contracts/hook.md`. */
export const hookContract: readonly ContractCase<HookPlace>[] = [
  hookCase("K1", "it looks at one point of a turn at least", async ({ hook }) => {
    const given = points.filter((point) => hook[point] !== undefined);
    expect(given.map((point) => typeof hook[point])).toEqual(given.map(() => "function"));
    expect(given.length).toBeGreaterThan(0);
  }),
  hookCase("K2", "what it is given stays as it was", async (place) => {
    await forEach(place, "any", async (question) => {
      const before = structuredClone(question);
      await answer(place.hook, question).catch(() => undefined);
      expect(question).toEqual(before);
    });
  }),
  hookCase("K3", "to a message it answers with nothing, a text, or a veto in words", async (place) => {
    await forEach(place, "message", async (question) => {
      const said = await answer(place.hook, question);
      if (said === undefined || isVetoInWords(said)) return;
      expect(keysOf(said)).toEqual(["text"]);
      expect(typeof get(said, "text")).toBe("string");
    });
  }),
  hookCase("K4", "to a model call it answers with nothing, a whole request, or a veto in words", async (place) => {
    await forEach(place, "modelCall", async (question) => {
      const said = await answer(place.hook, question);
      if (said === undefined || isVetoInWords(said)) return;
      expect(toRequestProblem(said)).toBeUndefined();
    });
  }),
  hookCase("K5", "to a tool call it answers with nothing, arguments that are an object of JSON, or a veto in words", async (place) => {
    await forEach(place, "toolCall", async (question) => {
      const said = await answer(place.hook, question);
      if (said === undefined || isVetoInWords(said)) return;
      const changed = get(said, "arguments");
      expect(isObject(changed)).toBe(true);
      expect(JSON.parse(JSON.stringify(changed))).toEqual(changed);
    });
  }),
  hookCase("K6", "to a tool result it answers with nothing or a result with well-formed content, and with no veto", async (place) => {
    await forEach(place, "toolResult", async (question) => {
      const said = place.hook.toolResult === undefined || question.point !== "toolResult" ? undefined : await place.hook.toolResult(question.given, toContext());
      if (said === undefined) return;
      expect(said).not.toHaveProperty("veto");
      expect(toContentProblem(said)).toBeUndefined();
    });
  }),
  hookCase("K7", "every answer is a promise that settles within two seconds, and a failure is a rejection", async (place) => {
    await forEach(place, "any", async (question) => {
      const outcome: unknown = answer(place.hook, question);
      expect(outcome === undefined || outcome instanceof Promise).toBe(true);
      if (outcome instanceof Promise) expect(await settlesWithin(outcome, answerMs)).toBe(true);
    });
  }),
  hookCase("K8", "it ends within a second once its signal is aborted", async (place) => {
    await forEach(place, "any", async (question) => {
      const controller = new AbortController();
      const outcome = answer(place.hook, question, { signal: controller.signal });
      controller.abort(new Error("stopped"));
      expect(await settlesWithin(outcome, graceMs)).toBe(true);
    });
  }),
  hookCase("K9", "it takes what it made itself as it takes any other", async (place) => {
    await forEach(place, "any", async (question) => {
      const said = await answer(place.hook, question);
      const next = said === undefined || isVetoInWords(said) ? undefined : toNext(question, said);
      if (next !== undefined) await answer(place.hook, next);
    });
  }),
  hookCase("K10", "turns at the same time do not mix", async (place) => {
    const alone: unknown[] = [];
    const questions = everyQuestion(place).filter(({ point }) => place.hook[point] !== undefined);
    for (const question of questions) alone.push(await answer(place.hook, question));
    const together = await Promise.all(questions.map((question, index) => answer(place.hook, question, { sessionId: `cli:${index}`, turnId: `turn-${index}` })));
    expect(together).toEqual(alone);
  }),
  hookCase("K11", "close may be called again", async ({ hook }) => {
    await hook.close?.();
    await hook.close?.();
  }),
];

/** Runs the kit of `Hook` against an implementation. */
export function describeHook(title: string, create: Create<HookPlace>, options?: ContractOptions): void {
  describeContract(title, hookContract, create, options);
}

function hookCase(id: string, title: string, body: (place: HookPlace) => Promise<void>): ContractCase<HookPlace> {
  const run: ContractCase<HookPlace>["run"] = async (create) => {
    const place = await create();
    try {
      await body(place);
    } finally {
      await place.hook.close?.().catch(() => undefined);
      await place.dispose();
    }
  };
  return { id, title, run };
}

function everyQuestion(place: HookPlace): readonly HookQuestion[] {
  return [...place.questions, ...hookQuestions];
}

/** Runs the body on a copy of each question of this point, one after another. */
async function forEach(place: HookPlace, point: HookQuestion["point"] | "any", body: (question: HookQuestion) => Promise<void>): Promise<void> {
  for (const question of everyQuestion(place)) if (point === "any" || point === question.point) await body(structuredClone(question));
}

/** What the hook answers; undefined at once where it does not look at this point. */
function answer(hook: Hook, question: HookQuestion, parts: Partial<HookContext> = {}): Promise<unknown> {
  const context = toContext(parts);
  switch (question.point) {
    case "message":
      return hook.message?.(question.given, context) ?? nothing;
    case "modelCall":
      return hook.modelCall?.(question.given, context) ?? nothing;
    case "toolCall":
      return hook.toolCall?.(question.given, context) ?? nothing;
    case "toolResult":
      return hook.toolResult?.(question.given, context) ?? nothing;
  }
}

const nothing: Promise<undefined> = Promise.resolve(undefined);

function toContext(parts: Partial<HookContext> = {}): HookContext {
  return { sessionId: "cli:default", turnId: "turn-1", signal: new AbortController().signal, ...parts };
}

/** The question as the next hook of the list is asked it. */
function toNext(question: HookQuestion, said: unknown): HookQuestion | undefined {
  if (question.point === "message") return { point: "message", given: { text: String(get(said, "text")) } };
  if (question.point === "modelCall") return isRequest(said) ? { point: "modelCall", given: said } : undefined;
  if (question.point === "toolResult") return { ...question, given: { name: question.given.name, result: { ...question.given.result, ...(isObject(said) ? said : {}) } } };
  const changed = get(said, "arguments");
  return isObject(changed) ? { point: "toolCall", given: { name: question.given.name, arguments: changed } } : undefined;
}

/** True for a veto; fails where it has no words. */
function isVetoInWords(said: unknown): boolean {
  if (!isObject(said) || !("veto" in said)) return false;
  expect(said["veto"]).toEqual(expect.stringMatching(/\p{L}{2}/u));
  return true;
}

function isRequest(said: unknown): said is ModelRequest {
  return toRequestProblem(said) === undefined;
}

/** What is wrong with the shape of a request; undefined for a good one. */
function toRequestProblem(said: unknown): string | undefined {
  if (!isObject(said)) return "it is no object";
  if (typeof said["system"] !== "string") return "its system is no text";
  const { messages, tools, model = "", maxOutputTokens = 1 } = said;
  if (!Array.isArray(messages) || !messages.every((each) => ["user", "assistant", "tool"].includes(String(get(each, "role"))))) return "its messages are no list of messages";
  if (!Array.isArray(tools) || !tools.every((each) => typeof get(each, "name") === "string" && isObject(get(each, "inputSchema")))) return "its tools are no list of tools";
  if (typeof model !== "string") return "its model is no text";
  return typeof maxOutputTokens === "number" && maxOutputTokens > 0 ? undefined : "its limit is no positive number";
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function get(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function keysOf(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}

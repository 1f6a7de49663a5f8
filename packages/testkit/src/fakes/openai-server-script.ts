import type { ChatBody, FakeOpenAIReply } from "./openai-server-reply.ts";

/** Replies in order, or a function of the request body and its number among those of this script, from 0. */
export type OpenAIReplies = readonly FakeOpenAIReply[] | ((body: ChatBody, index: number) => FakeOpenAIReply | Promise<FakeOpenAIReply>);

/**
 * Replies for every request, or keyed by a text that a user message holds:
 * the newest user message that holds one of the keys decides, and each key
 * has its own order and numbers. Key `*` is for all others.
 */
export type OpenAIScript = OpenAIReplies | Readonly<Record<string, OpenAIReplies>>;

/** Answers requests by a script. */
export interface ScriptReader {
  next(body: ChatBody): Promise<FakeOpenAIReply>;
}

/** Makes a reader. A request beyond the end of the script is answered 400 with a message that says so. */
export function createScriptReader(script: OpenAIScript): ScriptReader {
  const counts = new Map<string, number>();
  return {
    async next(body) {
      const [key, replies] = pick(script, body);
      const index = counts.get(key) ?? 0;
      counts.set(key, index + 1);
      const reply = typeof replies === "function" ? await replies(body, index) : replies?.[index];
      const message = `The script of the fake has no reply number ${index} for ${key === "" ? "any message" : JSON.stringify(key)}; add one to the test.`;
      return reply ?? { status: 400, error: { message, code: "script_ended" } };
    },
  };
}

function pick(script: OpenAIScript, body: ChatBody): readonly [key: string, replies: OpenAIReplies | undefined] {
  if (typeof script === "function" || isList(script)) return ["", script];
  const keys = Object.keys(script).filter((key) => key !== "*");
  for (const text of body.userTexts.toReversed()) {
    const key = keys.find((each) => text.includes(each));
    if (key !== undefined) return [key, script[key]];
  }
  return ["*", script["*"]];
}

function isList(script: OpenAIScript): script is readonly FakeOpenAIReply[] {
  return Array.isArray(script);
}

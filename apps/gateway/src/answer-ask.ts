import type { Principal } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Reply } from "@omni/runtime";
import type { GatewayParts } from "./route.ts";
import type { JsonBody } from "./request-body.ts";
import { maySee } from "./auth.ts";
import { toTextField, toWordField } from "./request-body.ts";

/** What is said once an ask was answered. */
export interface AnsweredAsk {
  readonly ask_id: string;
  readonly status: "answered";
}

/** Answers an open ask. Throws `request.invalid`, `ask.not-found` (also for one that the principal may not see) and `ask.forbidden`. */
export async function answerAsk(askId: string, body: JsonBody, { principal, runtime }: { readonly principal: Principal; readonly runtime: GatewayParts["runtime"] }): Promise<AnsweredAsk> {
  const reply = toReply(body);
  const isSeen = runtime.asks().some((open) => open.ask.askId === askId && maySee(principal, open.sessionId));
  if (!isSeen) throw new OmniError("ask.not-found", "There is no such open question; it was answered, has expired, or its turn has ended.");
  await runtime.answer(askId, reply, principal);
  return { ask_id: askId, status: "answered" };
}

function toReply(body: JsonBody): Reply {
  const decision = toWordField(body, "decision", ["allow", "deny", "always"]);
  const answer = toTextField(body, "answer");
  if ((decision === undefined) === (answer === undefined)) throw new OmniError("request.invalid", 'The body needs either "decision" ("allow", "deny" or "always") or "answer" (a string).');
  return decision === undefined ? { answer: answer ?? "" } : { decision };
}

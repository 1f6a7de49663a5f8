import { OmniError } from "@omni/core";
import type { Reply } from "@omni/runtime";
import type { Call, GatewayParts, Route } from "../route.ts";
import type { JsonBody } from "../request-body.ts";
import { maySee } from "../auth.ts";
import { readJsonBody, toTextField, toWordField } from "../request-body.ts";
import { toAskView } from "../ask-view.ts";
import { toJsonResponse } from "../responses.ts";

/** What turns wait for, and answering it. Who may answer which ask is decided by the runtime. */
export const askRoutes: readonly Route[] = [
  { method: "GET", path: "/asks", auth: "bearer", scopes: ["read"], handle: listAsks },
  { method: "POST", path: "/asks/:id", auth: "bearer", scopes: ["approve", "chat"], handle: answerAsk },
];

function listAsks(call: Call, { runtime }: GatewayParts): Response {
  const asks = runtime.asks().filter((open) => maySee(call.principal, open.sessionId));
  return toJsonResponse({ asks: asks.map(toAskView) });
}

async function answerAsk(call: Call, { runtime, maxBodyBytes }: GatewayParts): Promise<Response> {
  const reply = toReply(await readJsonBody(call.request, maxBodyBytes));
  const askId = call.param("id");
  const isSeen = runtime.asks().some((open) => open.ask.askId === askId && maySee(call.principal, open.sessionId));
  if (!isSeen) throw new OmniError("ask.not-found", "There is no such open question; it was answered, has expired, or its turn has ended.");
  await runtime.answer(askId, reply, call.principal);
  return toJsonResponse({ ask_id: askId, status: "answered" });
}

function toReply(body: JsonBody): Reply {
  const decision = toWordField(body, "decision", ["allow", "deny", "always"]);
  const answer = toTextField(body, "answer");
  if ((decision === undefined) === (answer === undefined)) throw new OmniError("request.invalid", 'The body needs either "decision" ("allow", "deny" or "always") or "answer" (a string).');
  return decision === undefined ? { answer: answer ?? "" } : { decision };
}

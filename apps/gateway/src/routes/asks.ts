import type { Call, GatewayParts, Route } from "../route.ts";
import { answerAsk } from "../answer-ask.ts";
import { list, named, object, text, word } from "../schemas/schema.ts";
import { maySee } from "../auth.ts";
import { toAskView } from "../ask-view.ts";
import { toJsonResponse } from "../responses.ts";

/** What turns wait for, and answering it. Who may answer which ask is decided by the runtime. */
export const askRoutes: readonly Route[] = [
  { method: "GET", path: "/asks", auth: "bearer", scopes: ["read"], about: "What turns wait for", answers: { 200: { about: "All of it.", schema: object({ asks: list(named("Ask")) }) } }, handle: listAsks },
  {
    method: "POST",
    path: "/asks/:id",
    auth: "bearer",
    scopes: ["approve", "chat"],
    about: "Answers an approval or a question",
    body: named("Reply"),
    answers: { 200: { about: "It was answered.", schema: object({ ask_id: text(), status: word(["answered"]) }) } },
    handle: postReply,
  },
];

function listAsks(call: Call, { runtime }: GatewayParts): Response {
  const asks = runtime.asks().filter((open) => maySee(call.principal, open.sessionId));
  return toJsonResponse({ asks: asks.map(toAskView) });
}

async function postReply(call: Call, { runtime, maxBodyBytes }: GatewayParts): Promise<Response> {
  const body = await call.readBody(maxBodyBytes);
  return toJsonResponse(await answerAsk(call.param("id"), body, { principal: call.principal, runtime }));
}

import { OmniError } from "@omni/core";
import { redeemPairingCode } from "@omni/runtime";
import type { Call, GatewayParts, Route } from "../route.ts";
import { list, object, text, word } from "../schemas/schema.ts";
import { readJsonBody, toTextField } from "../request-body.ts";
import { toJsonResponse } from "../responses.ts";
import { toPeerKey } from "../rate-limit.ts";

/** Most bytes of a body that holds a code. */
const mostBodyBytes = 1_024;

/** A code of `omni pair` for a token. It is the only route that gives anything to nobody in particular. */
export const pairRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/pair",
    auth: "none",
    scopes: [],
    about: "A one-time code for a token",
    body: object({ code: text("As omni pair shows it; case, spaces and dashes do not matter.") }),
    answers: { 200: { about: "The token; it is not shown again.", schema: object({ token: text(), name: text(), scopes: list(word(["read", "chat", "approve", "admin"])) }) } },
    handle: postPair,
  },
];

async function postPair(call: Call, { runtime, clock, maxBodyBytes }: GatewayParts): Promise<Response> {
  const code = toTextField(await readJsonBody(call.request, Math.min(mostBodyBytes, maxBodyBytes)), "code");
  if (code === undefined) throw new OmniError("request.invalid", 'The body needs "code", a string.');
  const address = call.peer === undefined ? "owner" : toPeerKey(call.peer);
  const { token, name, scopes } = await redeemPairingCode(code, address, { store: runtime.store, tokens: runtime.tokens, clock });
  return toJsonResponse({ token, name, scopes });
}

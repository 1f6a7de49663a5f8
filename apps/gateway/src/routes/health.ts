import type { GatewayParts, Route } from "../route.ts";
import { setRetryAfter, toEmptyResponse } from "../responses.ts";

/** Alive, and ready for messages. Neither has a body. */
export const healthRoutes: readonly Route[] = [
  { method: "GET", path: "/healthz", auth: "none", scopes: [], about: "Alive", answers: { 200: { about: "The process is alive." } }, handle: () => toEmptyResponse(200) },
  {
    method: "GET",
    path: "/readyz",
    auth: "none",
    scopes: [],
    about: "Ready for messages",
    answers: { 200: { about: "It takes messages." }, 503: { about: "It starts, stops, or its store cannot be read or was found damaged." } },
    async handle(_call, gateway) {
      const response = toEmptyResponse(gateway.isReady() && (await isReadable(gateway)) ? 200 : 503);
      setRetryAfter(response, undefined);
      return response;
    },
  },
];

/** True when the store answers, and nothing showed yet that it is damaged: without it no message can be taken. Damage does not mend itself, so what was seen once holds until the next start. */
async function isReadable({ runtime }: GatewayParts): Promise<boolean> {
  const answers = await runtime.store.getDocument("readiness", "probe").then(
    () => true,
    () => false,
  );
  return answers && runtime.storeFault() === undefined;
}

import type { Breach } from "./breach.ts";
import type { Ledgers } from "./ledgers.ts";

/** C4: within a session the model is asked, and the replies are shown, in the order in which the messages were taken. */
export function checkOrder(ledgers: Ledgers): readonly Breach[] {
  const taken = ledgers.sent.filter(({ acknowledged }) => acknowledged);
  return [...Map.groupBy(taken, ({ sessionId }) => sessionId)].flatMap(([sessionId, messages]) => {
    const order = messages.map(({ nonce }) => nonce);
    const asked = firstOf(ledgers.asked.map(({ nonce }) => nonce), order);
    const shown = firstOf(ledgers.shown.flatMap(({ nonce }) => (nonce === undefined ? [] : [nonce])), order);
    return [...compare(`the model was asked in ${sessionId}`, asked, order), ...compare(`replies were shown in ${sessionId}`, shown, order)];
  });
}

/** The nonces of the order in which each came first. */
function firstOf(nonces: readonly string[], order: readonly string[]): readonly string[] {
  const wanted = new Set(order);
  return [...new Set(nonces)].filter((nonce) => wanted.has(nonce));
}

function compare(what: string, seen: readonly string[], order: readonly string[]): readonly Breach[] {
  const present = new Set(seen);
  const expected = order.filter((nonce) => present.has(nonce));
  const wrong = expected.findIndex((nonce, index) => seen[index] !== nonce);
  return wrong === -1 ? [] : [{ promise: "C4", kind: "out-of-order", detail: `${what} with ${seen[wrong]} where ${expected[wrong]} came next` }];
}

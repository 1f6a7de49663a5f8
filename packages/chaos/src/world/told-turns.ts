import type { ToldCall, ToldTurn } from "../ledger/ledgers.ts";
import type { HttpAnswer, HttpCall } from "./http-call.ts";
import { isKind, readNonce } from "./message-plan.ts";

interface WireMessage {
  readonly role: string;
  readonly text: string;
  readonly turn_id: string;
  readonly status?: string;
  readonly tool_calls?: readonly { readonly name: string; readonly arguments: { readonly step?: string }; readonly status: string }[];
}

/** All turns of a session, oldest first, as the gateway tells them. */
export async function readTurns(call: (call: HttpCall) => Promise<HttpAnswer>, sessionId: string): Promise<readonly ToldTurn[]> {
  const found: ToldTurn[] = [];
  for (let before: string | undefined; ; ) {
    const page = await call({ path: `/sessions/${encodeURIComponent(sessionId)}/messages?limit=500${before === undefined ? "" : `&before=${before}`}` });
    if (page.status === 404) return [];
    if (page.status !== 200) throw new Error(`the session ${sessionId} cannot be read: ${page.status} ${page.text}`);
    found.unshift(...toTurns(page.body["messages"] as readonly WireMessage[], sessionId));
    const next = page.body["next_before"];
    if (typeof next !== "string") return found;
    before = next;
  }
}

function toTurns(messages: readonly WireMessage[], sessionId: string): readonly ToldTurn[] {
  const users = new Map(messages.flatMap(({ role, turn_id: id, text }) => (role === "user" ? [[id, text] as const] : [])));
  return messages.flatMap(({ role, turn_id: turnId, text: output, status = "unknown", tool_calls: calls = [] }) =>
    role === "assistant" ? [{ nonce: readNonce(users.get(turnId) ?? "") ?? "", turnId, sessionId, status, output, calls: calls.map(toCall) }] : [],
  );
}

function toCall({ name, arguments: given, status }: { readonly name: string; readonly arguments: { readonly step?: string }; readonly status: string }): ToldCall {
  const word = name.split(".").at(-1) ?? "";
  return { step: given.step ?? name, effect: isKind(word) ? word : "once", status };
}

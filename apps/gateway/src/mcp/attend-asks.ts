import { OmniError } from "@omni/core";
import type { AskEvent } from "@omni/core";
import type { Reply } from "@omni/runtime";
import type { McpExchange, McpForm, McpPlace } from "./mcp-place.ts";

/** How long people of the home may take, in milliseconds: most clients give a call up after a minute, and would not hear the answer. */
const peopleMs = 50_000;

/** Most characters of arguments that a form shows. Nobody is asked there to approve what they cannot see. */
const mostArguments = 8_000;

const decisions = [
  { value: "allow", title: "Yes, this once" },
  { value: "deny", title: "No" },
  { value: "always", title: "Yes, always: exactly this" },
] as const;

/** What is known of the asks of one call. */
export interface AskAttendance {
  /** True once the call was stopped because nobody answered. */
  readonly gaveUp: boolean;
  /** No more is asked. */
  stop(): void;
}

/**
 * Sees to what one call asks. The person at the client is asked where there is
 * a form for it and the principal may answer; else, and for anything in doubt,
 * it stays open for people of the home for a while. Where nobody answers,
 * `stopCall` is called.
 */
export function attendAsks({ turnId, stopCall }: { readonly turnId: string; stopCall(): void }, exchange: McpExchange, place: McpPlace): AskAttendance {
  const { runtime, clock, settings } = place;
  const attended = new Map<string, AbortController>();
  let gaveUp = false;
  const giveUp = (): void => {
    gaveUp = true;
    stopCall();
  };
  const attend = async (ask: AskEvent, signal: AbortSignal): Promise<void> => {
    if ((await askClient(ask, signal, exchange, place)) || signal.aborted) return;
    if (settings.asks === "nobody") return giveUp();
    const callOff = clock.after(peopleMs, giveUp);
    signal.addEventListener("abort", callOff, { once: true });
    await exchange.progress(`waits for a person of the home (${ask.reason})`);
  };
  const look = (): void => {
    const open = runtime.asks().filter((each) => each.turnId === turnId);
    // Whatever was answered elsewhere is not to be answered at the client any more.
    for (const [askId, life] of attended) if (!open.some((each) => each.ask.askId === askId)) life.abort();
    for (const { ask } of open) {
      if (attended.has(ask.askId)) continue;
      const life = new AbortController();
      attended.set(ask.askId, life);
      void attend(ask, life.signal);
    }
  };
  const unsubscribe = runtime.onAsks(look);
  look();
  return {
    get gaveUp() {
      return gaveUp;
    },
    stop() {
      unsubscribe();
      for (const life of attended.values()) life.abort();
    },
  };
}

/** Asks the person at the client and hands their answer on; false where they could not be asked, or what came back is no answer. */
async function askClient(ask: AskEvent, signal: AbortSignal, { elicit }: McpExchange, { runtime, principal }: McpPlace): Promise<boolean> {
  const isTheirs = ask.kind === "question" || principal.scopes.includes("approve");
  const form = toForm(ask);
  if (elicit === undefined || !isTheirs || form === undefined) return false;
  try {
    const { action, value } = await elicit(form, signal);
    await runtime.answer(ask.askId, toReply(ask, action === "accept" ? value : undefined, action), principal);
    return true;
  } catch (error) {
    if (!signal.aborted) runtime.log.warn("an ask was not answered at the MCP client", { askId: ask.askId, message: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

/** The form of an ask; undefined for one that no form can show whole. */
function toForm(ask: AskEvent): McpForm | undefined {
  if (ask.kind === "question") {
    const choices = (ask.choices ?? []).map((choice) => `\n- ${choice}`).join("");
    return { message: toPlain(`${ask.question ?? "The tool asks something."}${choices}`), field: "answer", title: "Answer" };
  }
  const args = JSON.stringify(ask.arguments, null, 2);
  if (args.length > mostArguments) return undefined;
  return { message: toPlain(`${ask.tool} wants to run with ${args}\n${ask.reason}`), field: "decision", title: "May it run?", choices: decisions };
}

/** Text without characters that turn, hide or move what a person reads. */
function toPlain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => (character === "\n" ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`));
}

/** What the person meant. Throws for an approval that was sent without a decision. */
function toReply(ask: AskEvent, value: string | undefined, action: "accept" | "decline" | "cancel"): Reply {
  if (ask.kind === "question") return { answer: value ?? "" };
  if (action !== "accept") return { decision: "deny" };
  const chosen = decisions.find((decision) => decision.value === value);
  if (chosen === undefined) throw new OmniError("request.invalid", "The client sent a form that says neither yes nor no.");
  return { decision: chosen.value };
}

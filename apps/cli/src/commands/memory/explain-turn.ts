import type { Memory, PromptBlock, PromptEvent, TurnRecord } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Runtime } from "@omni/runtime";
import { toLastTurn, toSessionId } from "@omni/runtime";
import type { CommandBody, CommandCall } from "../../command-spec.ts";
import type { MemoryView } from "./memory-view.ts";
import { exitCodes } from "../../exit-codes.ts";
import { needSession } from "../sessions.ts";
import { toMemoryView } from "./memory-view.ts";
import { toReasonsText } from "../../render/memory-text.ts";
import { withMemory } from "./with-memory.ts";

/** Why a turn was answered as it was: what its prompt was made of, and what has become of the memories in it. */
export interface TurnReasons {
  readonly turnId: string;
  readonly sessionId: string;
  readonly status: TurnRecord["status"];
  /** What its tools came to, which counts for the memories where no person says otherwise. */
  readonly toolCalls: readonly { readonly name: string; readonly status: string }[];
  /** The memories that were shown, in the order in which they were, as they are now. */
  readonly shown: readonly (MemoryView | ForgottenMemory)[];
  readonly blocks: readonly PromptBlock[];
  /** First earlier turn that the model saw; null for none. */
  readonly historyFrom: string | null;
}

/** A memory that was shown and is no more. */
export interface ForgottenMemory {
  readonly id: string;
  readonly standing: "forgotten";
}

/** `omni memory why`. */
export const explainTurn: CommandBody = (call, context) =>
  withMemory(call, context, async ({ memory, runtime }) => {
    const { output } = context.terminal;
    const record = await findTurn(call, runtime);
    const { turnId, sessionId } = record.input;
    const prompt = (await runtime.store.events(turnId)).findLast((event) => event.type === "prompt");
    const reasons: TurnReasons = {
      turnId,
      sessionId,
      status: record.status,
      toolCalls: (record.outcome?.toolCalls ?? []).map(({ name, status }) => ({ name, status })),
      shown: prompt === undefined ? [] : await readShown(prompt, memory),
      blocks: prompt?.blocks ?? [],
      historyFrom: prompt?.historyFrom ?? null,
    };
    if (call.has("json")) await output.write(`${JSON.stringify(reasons)}\n`);
    else await output.write(toReasonsText(reasons, output.columns));
    return exitCodes.done;
  });

/** The turn that is named, or the newest of the session that was answered, or of one where none was the newest. Throws `turn.not-found`, `session.not-found` and `usage.invalid`. */
async function findTurn(call: CommandCall, runtime: Runtime): Promise<TurnRecord> {
  const [turnId] = call.operands;
  const session = call.text("session");
  if ((turnId === undefined) === (session === undefined)) throw new OmniError("usage.invalid", "Name a turn, or with --session ID the newest answered turn of a session.");
  if (turnId !== undefined) {
    const record = await runtime.turn(turnId);
    if (record !== undefined) return record;
    throw new OmniError("turn.not-found", `There is no turn ${JSON.stringify(turnId.slice(0, 80))}; omni sessions show ID has the turns of a session.`);
  }
  const sessionId = toSessionId(session ?? "", "cli");
  await needSession(sessionId, runtime);
  const last = await toLastTurn(sessionId, runtime.store);
  const answered = last === undefined ? undefined : await runtime.turn(last.turnId);
  if (answered !== undefined) return answered;
  const [newest] = await runtime.store.turns(sessionId, { limit: 1 });
  if (newest === undefined) throw new OmniError("turn.not-found", `There is no turn in ${sessionId}.`);
  return newest;
}

async function readShown({ recalled }: PromptEvent, memory: Memory): Promise<TurnReasons["shown"]> {
  if (memory.get === undefined) throw new OmniError("usage.invalid", "This memory cannot look up what a turn was shown: what it is made of knows no ids.");
  const known = new Map((await memory.get(recalled)).map((episode) => [episode.id, episode]));
  return recalled.map((id) => {
    const episode = known.get(id);
    return episode === undefined ? { id, standing: "forgotten" } : toMemoryView(episode);
  });
}

import type { Breach } from "./breach.ts";
import type { Ledgers, SentMessage, ShownText, ToldTurn } from "./ledgers.ts";
import { findShown, mayBeUnshown, toUnlabelled } from "./check-reply.ts";

/** C1: what is told of a completed turn, and on a platform shown, is what the model said: all of it, and nothing else. */
export function checkAnswer({ nonce, entrance }: SentMessage, turns: readonly ToldTurn[], ledgers: Ledgers): readonly Breach[] {
  const turn = turns.find(({ status }) => status === "completed");
  if (turn === undefined) return [];
  const said = ledgers.asked.filter((request) => request.nonce === nonce && request.said !== "").map((request) => request.said);
  if (!said.includes(turn.output)) return [toBreach(nonce, "told", { is: turn.output, said: said.at(-1) })];
  const shown = findShown(turn, ledgers);
  if (entrance !== "rooms" || shown.length === 0 || mayBeUnshown(turn, ledgers)) return [];
  const wholes = toWholes(shown);
  return wholes.some((whole) => toInk(whole) === toInk(turn.output)) ? [] : [toBreach(nonce, "shown", { is: wholes[0] ?? "", said: turn.output })];
}

function toBreach(nonce: string, how: string, { is, said = "" }: { readonly is: string; readonly said: string | undefined }): Breach {
  return { promise: "C1", kind: "wrong-answer", detail: `the answer to ${nonce} is ${how} as ${JSON.stringify(is)}, and the model said ${JSON.stringify(said)}` };
}

/** The text that the pieces make, by what was shown first under each key and by what was shown last: a labelled repeat may be cut at other places. */
function toWholes(shown: readonly ShownText[]): readonly string[] {
  const pieces = [...Map.groupBy(shown, ({ key }) => key).values()];
  return [0, -1].map((place) => pieces.map((posts) => toUnlabelled(posts.at(place)?.text ?? "")).join("\n"));
}

/** What is left of a text without its white space, which goes where a text is cut into messages. */
function toInk(text: string): string {
  return text.replaceAll(/\s+/g, "");
}

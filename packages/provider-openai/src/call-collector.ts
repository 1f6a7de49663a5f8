import type { ToolCall } from "@omni/core";
import type { CallDelta } from "./chunk.ts";

/** Puts the calls of one reply together from their pieces. */
export interface CallCollector {
  add(delta: CallDelta): void;
  /** The calls in the order in which they began, under wire names, each with an id of its own. */
  calls(): readonly ToolCall[];
}

interface Growing {
  readonly index: number | undefined;
  readonly id: string;
  name: string;
  arguments: string;
}

/** Makes a collector for one reply. */
export function createCallCollector(): CallCollector {
  const growing: Growing[] = [];
  return {
    add(delta) {
      const call = find(growing, delta);
      if (call === undefined) {
        growing.push({ index: delta.index, id: delta.id, name: delta.name, arguments: delta.arguments });
        return;
      }
      if (delta.name !== "") call.name = delta.name;
      call.arguments += delta.arguments;
    },
    calls: () => withOwnIds(growing),
  };
}

/**
 * The call a piece belongs to: that of its index, where there is one. Some
 * servers leave the index out or send 0 for every call, so a new id with a
 * name begins a new call too.
 */
function find(growing: readonly Growing[], delta: CallDelta): Growing | undefined {
  const call = delta.index === undefined ? toUnnumbered(growing, delta) : growing.findLast((each) => each.index === delta.index);
  const isNew = call !== undefined && delta.id !== "" && delta.name !== "" && call.id !== "" && delta.id !== call.id;
  return isNew ? undefined : call;
}

function toUnnumbered(growing: readonly Growing[], delta: CallDelta): Growing | undefined {
  if (delta.id !== "") return growing.findLast((each) => each.id === delta.id && each.index === undefined && delta.name === "");
  return delta.name === "" ? growing.at(-1) : undefined;
}

function withOwnIds(growing: readonly Growing[]): readonly ToolCall[] {
  const given = new Set(growing.map((call) => call.id));
  const seen = new Set<string>();
  return growing.map((call, position) => {
    const isFree = call.id !== "" && !seen.has(call.id);
    let id = isFree ? call.id : `${call.id === "" ? "call" : call.id}_${position}`;
    while (!isFree && (given.has(id) || seen.has(id))) id += "_";
    seen.add(id);
    return { id, name: call.name, arguments: call.arguments };
  });
}

import type { LinkedQueue } from "./linked-queue.ts";
import { createLinkedQueue } from "./linked-queue.ts";

/**
 * A line of lines, one for each owner. Owners take turns, so that whoever has
 * one member waits for one of each other owner at most, however many those
 * have; within an owner's own line the first is the one that came first. Each
 * step costs the same, however many wait.
 */
export interface FairLine<T> {
  /** Puts a member at the end of its owner's line. What comes back takes it out again, and does nothing once it is out. */
  enter(owner: string, member: T): () => void;
  /** Takes the first member of the owner whose turn it is; undefined where nobody waits. */
  take(): T | undefined;
}

/** The line of one owner, in which there is always somebody. */
interface OwnLine<T> {
  readonly owner: string;
  readonly members: LinkedQueue<T>;
  /** Takes the owner out of the turns. */
  leave: () => void;
}

/** Makes an empty line. */
export function createFairLine<T>(): FairLine<T> {
  const lines = new Map<string, OwnLine<T>>();
  /** Those who wait, the one whose turn it is first. */
  const turns = createLinkedQueue<OwnLine<T>>();
  const open = (owner: string): OwnLine<T> => {
    const line: OwnLine<T> = { owner, members: createLinkedQueue<T>(), leave: () => undefined };
    line.leave = turns.push(line);
    lines.set(owner, line);
    return line;
  };
  const close = (line: OwnLine<T>): void => {
    line.leave();
    // Its owner may have another one by now.
    if (lines.get(line.owner) === line) lines.delete(line.owner);
  };
  return {
    enter(owner, member) {
      const line = lines.get(owner) ?? open(owner);
      const takeOut = line.members.push(member);
      return () => {
        takeOut();
        if (line.members.isEmpty) close(line);
      };
    },
    take() {
      const line = turns.shift();
      if (line === undefined) return undefined;
      const member = line.members.shift();
      if (line.members.isEmpty) close(line);
      else line.leave = turns.push(line);
      return member;
    },
  };
}

import { Buffer } from "node:buffer";
import type { KeptOutput } from "./kept-outputs.ts";
import { blockBytes } from "./kept-outputs.ts";
import { isContinuation, toWholeLength } from "./output-cleaner.ts";

/** Most bytes of the head and of the tail that are given of an output that is not given whole. */
const edgeBytes = 65_536;

/** What is known of an output. */
export interface RecordedOutput {
  /** All of it, or its head. */
  readonly head: string;
  /** Its tail, where it is not whole. */
  readonly tail?: string;
  /** Bytes of the head; the rest begins there. */
  readonly headBytes: number;
  /** Bytes of all that came. */
  readonly bytes: number;
  /** Where the whole is, and how much of it. */
  readonly kept?: { readonly id: string; readonly bytes: number };
  /** Why not all of it is kept. */
  readonly problem?: string;
}

/** Takes an output in as it comes, in bounded memory. */
export interface OutputRecord {
  /** Bytes that came. */
  readonly bytes: number;
  append(bytes: Uint8Array): void;
  /** Resolves when what has to go to disk is there. Whoever appends waits for it: so memory stays bounded. Never rejects. */
  settle(): Promise<void>;
  /** Brings also the last, partial block to disk, where the output is kept. Nothing may be appended after. Never rejects. */
  finish(): Promise<void>;
  read(): RecordedOutput;
}

/** What a record is made from. */
export interface OutputRecordParts {
  /** Most bytes held; a longer output goes to disk. */
  readonly wholeBytes: number;
  /** Most bytes that go to disk. */
  readonly callBytes: number;
  /** Opens the place on disk; called at most once. */
  open(): Promise<KeptOutput>;
}

/** State of a record. Blocks before `blocks` are on disk, or dropped. */
interface State {
  bytes: number;
  blocks: Uint8Array[];
  /** A block that is written out and can be filled again. */
  spare: Uint8Array | undefined;
  /** Filled part of the last block. */
  used: number;
  head: Uint8Array | undefined;
  tail: Uint8Array;
  keep: KeptOutput | undefined;
  keptBytes: number;
  problem: string | undefined;
}

/** Holds an output whole as long as it is short; a longer one is written out block by block while head and tail stay. */
export function createOutputRecord(parts: OutputRecordParts): OutputRecord {
  const state: State = { bytes: 0, blocks: [], spare: undefined, used: 0, head: undefined, tail: new Uint8Array(), keep: undefined, keptBytes: 0, problem: undefined };
  const edge = Math.min(edgeBytes, Math.max(1, Math.floor(parts.wholeBytes / 2)));
  const isLong = (): boolean => state.bytes > parts.wholeBytes;
  let flushing: Promise<void> | undefined;
  /** Takes blocks off the front until only the last, which is being filled, is left. */
  const flush = async (): Promise<void> => {
    while (isLong() && state.blocks.length > 1) {
      const [block = new Uint8Array()] = state.blocks;
      await keepBlock(block, state, parts);
      state.head ??= new Uint8Array(block.subarray(0, edge));
      state.tail = toTail(state.tail, block, edge);
      state.spare = state.blocks.shift();
    }
  };
  const settle = (): Promise<void> => (flushing ??= flush().finally(() => (flushing = undefined)));
  return {
    get bytes() {
      return state.bytes;
    },
    append: (bytes) => fill(bytes, state),
    settle: () => (state.blocks.length > 1 && isLong() ? settle() : Promise.resolve()),
    async finish() {
      await settle();
      const [last] = state.blocks;
      if (isLong() && last !== undefined) await keepBlock(last.subarray(0, state.used), state, parts);
    },
    read: () => toRecorded(state, edge, isLong()),
  };
}

function fill(bytes: Uint8Array, state: State): void {
  state.bytes += bytes.length;
  for (let taken = 0; taken < bytes.length; ) {
    if (state.blocks.length === 0 || state.used === blockBytes) {
      // Not zeroed: memory that is not filled is not touched.
      state.blocks.push(state.spare ?? Buffer.allocUnsafeSlow(blockBytes));
      state.spare = undefined;
      state.used = 0;
    }
    const part = bytes.subarray(taken, taken + blockBytes - state.used);
    state.blocks.at(-1)?.set(part, state.used);
    state.used += part.length;
    taken += part.length;
  }
}

/** Writes a block out, or drops it: past the limit, or once the disk refused one. */
async function keepBlock(block: Uint8Array, state: State, parts: OutputRecordParts): Promise<void> {
  if (state.problem !== undefined) return;
  const room = parts.callBytes - state.keptBytes;
  try {
    state.keep ??= await parts.open();
    const part = block.subarray(0, room);
    if (part.length > 0) await state.keep.write(part);
    state.keptBytes += part.length;
    if (part.length < block.length) state.problem = "the limit of one output was reached";
  } catch (error) {
    state.problem = error instanceof Error ? error.message : String(error);
  }
}

function toTail(tail: Uint8Array, next: Uint8Array, edge: number): Uint8Array {
  const joined = next.length >= edge ? next : Buffer.concat([tail, next]);
  return new Uint8Array(joined.subarray(Math.max(0, joined.length - edge)));
}

function toRecorded(state: State, edge: number, isLong: boolean): RecordedOutput {
  const held = state.blocks.map((block, index) => (index === state.blocks.length - 1 ? block.subarray(0, state.used) : block));
  if (!isLong) return { head: new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(held)), headBytes: state.bytes, bytes: state.bytes };
  const head = state.head ?? (held[0] ?? new Uint8Array()).subarray(0, edge);
  const tail = held.reduce((before, block) => toTail(before, block, edge), state.tail);
  const headBytes = toWholeLength(head);
  let from = 0;
  while (from < 3 && isContinuation(tail[from])) from += 1;
  return {
    head: Buffer.from(head.subarray(0, headBytes)).toString(),
    tail: Buffer.from(tail.subarray(from)).toString(),
    headBytes,
    bytes: state.bytes,
    ...(state.keep === undefined ? {} : { kept: { id: state.keep.id, bytes: state.keptBytes } }),
    ...(state.problem === undefined ? {} : { problem: state.problem }),
  };
}

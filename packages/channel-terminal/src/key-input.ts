import type { Clock, TerminalDevice } from "@omni/core";
import type { TerminalKey } from "./terminal-key.ts";
import { createKeyDecoder } from "./key-decoder.ts";

/** How long the rest of a sequence, and of a paste, is waited for, in milliseconds: an escape that stays alone is the key. */
const sequenceMs = 50;
const pasteMs = 2_000;

/** What reads keys, and who is told. */
export interface KeyInput {
  readonly device: TerminalDevice;
  readonly clock: Clock;
  /** Most UTF-16 units of a paste that are kept. */
  readonly mostPaste: number;
  onKeys(keys: readonly TerminalKey[]): void;
}

/** Reads keys until the input ends or the signal is aborted. */
export async function readKeys({ device, clock, mostPaste, onKeys }: KeyInput, signal: AbortSignal): Promise<void> {
  const decoder = createKeyDecoder(mostPaste);
  let callOff = (): void => undefined;
  const tell = (keys: readonly TerminalKey[]): void => {
    if (keys.length > 0 && !signal.aborted) onKeys(keys);
  };
  try {
    for await (const chunk of device.read(signal)) {
      callOff();
      tell(decoder.push(chunk));
      if (decoder.pending !== "nothing") callOff = clock.after(decoder.pending === "paste" ? pasteMs : sequenceMs, () => tell(decoder.flush()));
    }
    tell(decoder.flush());
  } finally {
    callOff();
  }
}

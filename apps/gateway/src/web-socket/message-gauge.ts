import type { Clock } from "@omni/core";

/** Bytes of a frame before its length, and of the mask that every client uses. */
const headBytes = 2;
const maskBytes = 4;

/** What a client has sent of a message that is not whole yet. The library tells whole ones only, and answers pings between their fragments. */
export interface MessageGauge {
  /** Takes bytes as they come from the network. */
  take(chunk: Uint8Array): void;
  /** The time begins anew: nothing was read meanwhile. */
  restart(): void;
  /** Bytes that have come of it. */
  readonly bytes: number;
  /** Since when it is on its way, in milliseconds of `Clock.monotonic`; undefined where none is. */
  readonly since: number | undefined;
}

/** A frame whose beginning has come. */
interface Frame {
  readonly isControl: boolean;
  readonly isFinal: boolean;
  /** Bytes of what it holds. */
  readonly length: number;
}

/** Makes a gauge that has seen nothing. It finds where frames end, and reads nothing of what they hold. */
export function createMessageGauge(clock: Pick<Clock, "monotonic">): MessageGauge {
  const head: number[] = [];
  let frame: Frame | undefined;
  let left = 0;
  let bytes = 0;
  let isFragmented = false;
  let since: number | undefined;
  const begin = (next: Frame): void => {
    head.length = 0;
    frame = next;
    left = next.length;
  };
  const endIfWhole = (): void => {
    if (frame === undefined || left > 0) return;
    if (!frame.isControl) isFragmented = !frame.isFinal;
    frame = undefined;
    if (isFragmented) return;
    bytes = 0;
    since = undefined;
  };
  return {
    take(chunk) {
      for (let at = 0; at < chunk.length; ) {
        since ??= clock.monotonic();
        if (frame === undefined) {
          head.push(chunk[at] ?? 0);
          at += 1;
          const next = toFrame(head);
          if (next !== undefined) begin(next);
        } else {
          const part = Math.min(left, chunk.length - at);
          at += part;
          left -= part;
          if (!frame.isControl) bytes += part;
        }
        endIfWhole();
      }
    },
    restart() {
      if (since !== undefined) since = clock.monotonic();
    },
    get bytes() {
      return bytes;
    },
    get since() {
      return since;
    },
  };
}

/** The frame that begins like this; undefined until all of its beginning is there. */
function toFrame(head: readonly number[]): Frame | undefined {
  const [first = 0, second = 0] = head;
  const short = second & 0x7f;
  const longBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  if (head.length < headBytes + longBytes + maskBytes) return undefined;
  const long = head.slice(headBytes, headBytes + longBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  return { isControl: (first & 0x08) !== 0, isFinal: (first & 0x80) !== 0, length: longBytes === 0 ? short : long };
}

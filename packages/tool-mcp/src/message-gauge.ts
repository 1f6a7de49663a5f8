/** Most bytes of one message over HTTP, and of all that are unfinished at a time. */
const messageBytes = 16_777_216;
const unfinishedBytes = 67_108_864;

/** A blank line, after the end of the one before: a line ends with LF, CR or both, and CR LF alone is one end. */
const blankLines: readonly string[] = ["\n\n", "\n\r", "\r\r"];

/** Bytes of all messages of one server that began and did not end. */
export interface Unfinished {
  bytes: number;
}

/** Counts what a body makes its reader hold. */
export interface MessageGauge {
  /** Counts the next piece; throws where a message, or all of them, are longer than allowed. */
  add(chunk: Uint8Array): void;
  /** Nothing of the body is held any more. */
  end(): void;
  /** True once an event had an id. */
  hasEventId(): boolean;
}

/** Makes a gauge for one body: of one message, or of a stream of events, where the lines of one are gathered until a blank line. */
export function createMessageGauge(isEventStream: boolean, unfinished: Unfinished): MessageGauge {
  const decoder = new TextDecoder("latin1");
  let tail = "\n";
  let held = 0;
  let found = false;
  const hold = (bytes: number): void => {
    unfinished.bytes += bytes - held;
    held = bytes;
  };
  const read = (chunk: Uint8Array): void => {
    const text = tail + decoder.decode(chunk);
    const end = Math.max(...blankLines.map((line) => text.lastIndexOf(line)));
    hold(end === -1 ? held + chunk.length : text.length - end - 2);
    found ||= /[\r\n]id:/.test(text);
    tail = text.slice(-3);
  };
  return {
    add(chunk) {
      if (isEventStream) read(chunk);
      else hold(held + chunk.length);
      if (held > messageBytes) throw new Error(`The server sent a message of more than ${messageBytes} bytes.`);
      if (unfinished.bytes > unfinishedBytes) throw new Error(`The server sent more than ${unfinishedBytes} bytes of messages without ending one.`);
    },
    end: () => hold(0),
    hasEventId: () => found,
  };
}

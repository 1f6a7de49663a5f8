import { toBounded } from "./json-shape.ts";

/** Most lines that are no protocol, and most errors, that are kept. */
const mostLines = 20;

/** Most characters of one kept line. */
const lineCharacters = 500;

/** Most bytes of a server's standard error that are kept: the newest. */
const stderrBytes = 65_536;

/** What a server said beside the protocol, bounded, for the person who asks why it does not work. */
export interface Diagnosis {
  /** A line of standard output that is no message. */
  output(line: string): void;
  /** Bytes of standard error. */
  stderr(chunk: Uint8Array): void;
  error(message: string): void;
  /** Something about its tools that a person should know; kept until the next `clearWarnings`. */
  warning(message: string): void;
  clearWarnings(): void;
  read(): DiagnosisReport;
}

/** A diagnosis as it stands, the newest last. */
export interface DiagnosisReport {
  readonly output: readonly string[];
  readonly stderr: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Makes an empty diagnosis; `redact` takes the secrets out of what is read. */
export function createDiagnosis(redact: (text: string) => string): Diagnosis {
  const output: string[] = [];
  const errors: string[] = [];
  const warnings: string[] = [];
  const ring = createRing(stderrBytes);
  const keep = (list: string[], line: string): void => {
    list.push(toBounded(line, lineCharacters));
    if (list.length > mostLines) list.shift();
  };
  return {
    output: (line) => keep(output, line),
    stderr: ring.push,
    error(message) {
      if (errors.at(-1) !== message) keep(errors, message);
    },
    warning: (message) => keep(warnings, message),
    clearWarnings: () => void warnings.splice(0),
    read: () => ({ output: output.map(redact), stderr: redact(ring.text()), errors: errors.map(redact), warnings: warnings.map(redact) }),
  };
}

/** The newest `size` bytes of a stream, however much of it there was. */
function createRing(size: number): { readonly push: (chunk: Uint8Array) => void; readonly text: () => string } {
  const bytes = new Uint8Array(size);
  let written = 0;
  return {
    push(chunk) {
      const newest = chunk.subarray(Math.max(0, chunk.length - size));
      const at = (written + chunk.length - newest.length) % size;
      const first = newest.subarray(0, size - at);
      bytes.set(first, at);
      bytes.set(newest.subarray(first.length), 0);
      written += chunk.length;
    },
    text() {
      const at = written % size;
      const ordered = written <= size ? bytes.subarray(0, written) : Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
      return new TextDecoder().decode(ordered);
    },
  };
}

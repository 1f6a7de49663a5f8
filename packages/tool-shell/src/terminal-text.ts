/** Turns a program's text, which comes in pieces, into plain text. */
export interface TerminalText {
  /** Plain text of the next piece; what may be the start of a sequence is held back. */
  next(text: string): string;
  /** The rest, once no more comes. */
  end(): string;
  /** True while something is held back. */
  readonly isHolding: boolean;
}

/** Control sequences of ECMA-48: with parameters (colours, cursor), with a text (titles, links), and short ones. */
const sequence = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]+[0-~]|\u001b[0-OQ-WYZ\\`-~]/g;

/** The start of one at the end of a text. */
const opening = /(?:(?:\u001b\[|\u009b)[0-?]*[ -/]*|\u001b[\]PX^_][^\u0007\u001b\u009c]*\u001b?|\u001b[ -/]*)$/;

/** What has no place in a text; tab and line end do. NUL is made visible, as `find -print0` parts names by it. */
const control = /[\u0001-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A sequence that is longer was none, characters. */
const longest = 4_096;

/**
 * Plain text without what only a terminal understands: sequences and control
 * characters are dropped, carriage returns become line ends. The result does
 * not depend on where the pieces were cut, but for sequences beyond 4,096
 * characters.
 */
export function createTerminalText(): TerminalText {
  let held = "";
  let isReturning = false;
  const toLines = (text: string, isLast: boolean): string => {
    const whole = isReturning ? `\r${text}` : text;
    const body = isLast ? whole : whole.slice(0, toEndOfText(whole));
    isReturning = body.length < whole.length;
    return body.replace(/\r+\n?/g, "\n").replaceAll("\0", "\u2400").replace(control, "");
  };
  return {
    next(text) {
      const whole = held + text;
      const start = whole.search(opening);
      const isHeld = start !== -1 && whole.length - start <= longest;
      held = isHeld ? whole.slice(start) : "";
      return toLines((isHeld ? whole.slice(0, start) : whole).replace(sequence, ""), false);
    },
    end() {
      const rest = toLines(held, true);
      held = "";
      return rest;
    },
    get isHolding() {
      return held !== "" || isReturning;
    },
  };
}

/** Where the carriage returns at the end begin. */
function toEndOfText(text: string): number {
  let end = text.length;
  while (text.charAt(end - 1) === "\r") end -= 1;
  return end;
}

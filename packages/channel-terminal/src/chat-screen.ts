import type { Clock, TerminalDevice } from "@omni/core";
import type { FooterParts } from "./footer-layout.ts";
import type { Paint } from "./ink.ts";
import type { RowStyle } from "./markdown-rows.ts";
import type { TerminalTurn } from "./terminal-channel.ts";
import type { TurnView } from "./turn-view.ts";
import { createPaint } from "./ink.ts";
import { createScreen } from "./screen.ts";
import { createTurnView, spinMs } from "./turn-view.ts";
import { layOutFooter } from "./footer-layout.ts";
import { toMarkdownRows, toPlainRows } from "./markdown-rows.ts";
import { toSpan, wrapSpans } from "./wrap-spans.ts";

/** Milliseconds between two drawings of text that streams in. */
const frameMs = 40;

/** What the person writes, as the screen needs it. */
export interface Written extends Pick<FooterParts, "editor" | "prompt" | "question" | "queued" | "notice"> {
  /** True while a question is before the person. */
  readonly isAsking: boolean;
}

/** The screen of a chat: what was said above, what is being said and written below. */
export interface ChatScreen {
  readonly style: RowStyle;
  /** Where what is written comes from. Until it is set nothing is drawn. */
  setWritten(written: () => Written): void;
  /** Prints rows for good, set off from what is above. */
  print(rows: readonly string[]): void;
  /** Prints what somebody said, as Markdown where that is wanted. */
  printText(text: string): void;
  note(text: string): void;
  /** Shows a turn below what is printed; `echo` are the rows of its message. */
  begin(echo: readonly string[]): TerminalTurn;
  readonly isTurnShown: boolean;
  redraw(): void;
  /** Draws everything anew on a clear screen. */
  refresh(): void;
  /** Takes the footer away, for good. */
  leave(): void;
  settled(): Promise<void>;
}

interface State {
  readonly device: TerminalDevice;
  readonly clock: Clock;
  readonly paint: Paint;
  readonly screen: ReturnType<typeof createScreen>;
  /** Finished rows that were not drawn yet. */
  waiting: string[];
  written: (() => Written) | undefined;
  turn: TurnView | undefined;
  /** False where something else was printed since the turn's last rows, its message to begin with: the next ones are set off from it. */
  isTurnSet: boolean;
  hasPrinted: boolean;
  hasLeft: boolean;
  /** The drawing that is to come, and when, on the clock. */
  next: { readonly at: number; callOff(): void } | undefined;
}

/** Makes the screen of a chat on a device whose cursor can be moved. */
export function createChatScreen({ device, clock, isMarkdown }: { readonly device: TerminalDevice; readonly clock: Clock; readonly isMarkdown: boolean }): ChatScreen {
  const state: State = { device, clock, paint: createPaint(device.hasColors), screen: createScreen(device), waiting: [], written: undefined, turn: undefined, isTurnSet: false, hasPrinted: false, hasLeft: false, next: undefined };
  const style = (): RowStyle => ({ width: state.screen.width, paint: state.paint, hasColors: device.hasColors });
  const print = (rows: readonly string[]): void => {
    push(state, rows);
    state.isTurnSet = false;
    draw(state, style());
  };
  return {
    get style() {
      return style();
    },
    setWritten(written) {
      state.written = written;
    },
    print,
    printText: (text) => print(isMarkdown ? toMarkdownRows(text, style()) : toPlainRows(text, style())),
    note: (text) => print(wrapSpans([toSpan(text, ["dim"])], state.screen.width, state.paint)),
    begin(echo) {
      if (echo.length > 0) push(state, echo);
      state.turn = createTurnView(style, clock, isMarkdown);
      state.isTurnSet = false;
      draw(state, style());
      return toTurn(state, style);
    },
    get isTurnShown() {
      return state.turn !== undefined;
    },
    redraw: () => draw(state, style()),
    refresh() {
      state.screen.reset();
      draw(state, style());
    },
    leave() {
      draw(state, style());
      state.next?.callOff();
      state.hasLeft = true;
      if (state.written !== undefined) state.screen.clear();
    },
    settled: () => state.screen.settled(),
  };
}

function toTurn(state: State, style: () => RowStyle): TerminalTurn {
  const { turn } = state;
  const take = (rows: readonly string[]): void => {
    if (rows.length === 0) return;
    if (state.isTurnSet) state.waiting.push(...rows);
    else push(state, rows[0] === "" ? rows.slice(1) : rows);
    state.isTurnSet = true;
  };
  return {
    next(event) {
      if (turn === undefined || state.turn !== turn) return;
      take(turn.next(event));
      // Text comes in many small pieces; what else happens is shown at once.
      if (event.type === "text" || event.type === "progress") drawSoon(state, style, frameMs);
      else draw(state, style());
    },
    end(outcome) {
      if (turn === undefined || state.turn !== turn) return;
      take(turn.end(outcome));
      state.turn = undefined;
      draw(state, style());
    },
  };
}

/** Finished rows, set off from what is above. */
function push(state: State, rows: readonly string[]): void {
  if (rows.length === 0) return;
  if (state.hasPrinted) state.waiting.push("");
  for (const row of rows) state.waiting.push(row);
  state.hasPrinted = true;
}

function drawSoon(state: State, style: () => RowStyle, milliseconds: number): void {
  const at = state.clock.monotonic() + milliseconds;
  if (state.hasLeft || (state.next !== undefined && state.next.at <= at)) return;
  state.next?.callOff();
  state.next = { at, callOff: state.clock.after(milliseconds, () => draw(state, style())) };
}

function draw(state: State, style: RowStyle): void {
  if (state.hasLeft || state.written === undefined) return;
  const { screen, turn } = state;
  const written = state.written();
  state.next?.callOff();
  state.next = undefined;
  const open = (height: number): readonly string[] => {
    if (turn === undefined) return [];
    const isSetOff = !state.isTurnSet && state.hasPrinted;
    const rows = turn.open(isSetOff ? Math.max(1, height - 1) : height, written.isAsking);
    return isSetOff && rows.length > 0 && rows[0] !== "" && rows.length < height ? ["", ...rows] : rows;
  };
  const rows = state.waiting;
  state.waiting = [];
  screen.draw(rows, layOutFooter({ style, height: screen.height, open, ...written }));
  if (turn?.isWaiting === true) drawSoon(state, () => ({ ...style, width: screen.width }), spinMs);
}

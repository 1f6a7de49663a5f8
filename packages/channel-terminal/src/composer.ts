import type { Host, InboundHandler, InboundMessage } from "@omni/core";
import type { ChatScreen, Written } from "./chat-screen.ts";
import type { EditorAction, LineEditor } from "./line-editor.ts";
import type { InputHistory } from "./input-history.ts";
import type { InputUnit } from "./input-text.ts";
import type { OpenQuestion } from "./ask-queue.ts";
import type { TerminalChannel, TerminalIntent } from "./terminal-channel.ts";
import type { TerminalKey } from "./terminal-key.ts";
import { createAskQueue } from "./ask-queue.ts";
import { createLineEditor } from "./line-editor.ts";
import { toSpan, wrapSpans } from "./wrap-spans.ts";
import { toOneLine } from "./safe-text.ts";

const prompt = "> ";

/** Fewest cells of a row that has a prompt before what was written. */
const narrowest = 8;

/** Most UTF-16 units of a waiting message that are shown. */
const mostQueued = 200;

/** What the person does: writes, sends, answers, interrupts. */
export interface Composer extends Pick<TerminalChannel, "ask" | "onIntent"> {
  /** From now on messages are handed over. */
  begin(handler: InboundHandler, history: InputHistory): void;
  take(keys: readonly TerminalKey[]): void;
  /** The input is over. */
  end(): void;
  /** Nothing more is handed over. */
  stop(): void;
  /** Rows of a message that waited for its turn; none where it was shown when it was written. */
  release(platformId: string): readonly string[];
  /** Resolves when every handler has ended and the history is kept. */
  settled(): Promise<void>;
}

interface State {
  readonly screen: ChatScreen;
  readonly host: Host;
  readonly editor: LineEditor;
  readonly asks: ReturnType<typeof createAskQueue>;
  readonly queued: Map<string, readonly InputUnit[]>;
  readonly running: Set<Promise<void>>;
  readonly listeners: Set<(intent: TerminalIntent) => void>;
  notice: string;
  handler: InboundHandler | undefined;
  history: InputHistory | undefined;
}

/** Makes a composer that draws on the screen. */
export function createComposer({ screen, host, messageBytes }: { readonly screen: ChatScreen; readonly host: Host; readonly messageBytes: number }): Composer {
  const asks = createAskQueue(messageBytes, {
    onOpen: (question) => screen.print(toQuestionRows(question, screen)),
    onClose: (_, line) => screen.note(line === undefined ? "no longer asked: it was answered elsewhere, or is over" : `answered: ${line === "" ? "no" : toOneLine(line.slice(0, mostQueued))}`),
  });
  const editor = createLineEditor({ mostBytes: messageBytes, past: { entries: () => state.history?.entries() ?? [] } });
  const state: State = { screen, host, editor, asks, queued: new Map(), running: new Set(), listeners: new Set(), notice: "", handler: undefined, history: undefined };
  return {
    begin(handler, history) {
      state.handler = handler;
      state.history = history;
      screen.setWritten(() => toWritten(state));
    },
    take(keys) {
      state.notice = "";
      for (const key of keys) takeKey(state, key);
      screen.redraw();
    },
    end: () => tell(state, "end"),
    stop() {
      state.handler = undefined;
    },
    release(platformId) {
      const units = state.queued.get(platformId);
      state.queued.delete(platformId);
      return units === undefined ? [] : toEchoRows(units, screen);
    },
    ask: asks.ask,
    onIntent(listener) {
      state.listeners.add(listener);
      return () => state.listeners.delete(listener);
    },
    async settled() {
      await Promise.allSettled(state.running);
      await state.history?.settled();
    },
  };
}

function toWritten({ asks, editor, queued, notice }: State): Written {
  const { current } = asks;
  const waiting = [...queued.values()].map((units) => toOneLine(units.map(({ text, label }) => label ?? text).join("").slice(0, mostQueued)));
  return { isAsking: current !== undefined, editor: current?.editor ?? editor, prompt: current === undefined ? prompt : "? ", question: current?.prompt ?? "", queued: waiting, notice };
}

function takeKey(state: State, key: TerminalKey): void {
  const { current } = state.asks;
  const action = (current?.editor ?? state.editor).handle(key);
  if (action.kind === "refused") state.notice = action.reason;
  if (action.kind === "redraw") state.screen.refresh();
  if (action.kind === "interrupt") interrupt(state);
  else if (current === undefined) takeAction(state, action);
  else if (action.kind === "end") current.answer(undefined);
  else if (action.kind === "submit" && !current.answer(current.editor.input.text())) {
    state.notice = "That is no answer here.";
    current.editor.clear();
  }
}

function takeAction(state: State, action: EditorAction): void {
  if (action.kind === "end") tell(state, "end");
  if (action.kind === "submit") submit(state);
}

/** Ctrl+C is about what runs; where nothing does it is about what is written. */
function interrupt(state: State): void {
  if (!state.screen.isTurnShown && state.asks.current === undefined && !state.editor.input.isEmpty) state.editor.clear();
  else tell(state, "interrupt");
}

function tell({ listeners }: State, intent: TerminalIntent): void {
  for (const listener of [...listeners]) listener(intent);
}

function submit(state: State): void {
  const { editor, handler, history, host, queued, running, screen } = state;
  if (handler === undefined) return;
  const { units } = editor.input;
  const text = editor.input.text();
  const message: InboundMessage = { platformId: host.random.id(), conversation: "default", sender: "owner", content: [{ type: "text", text }], at: host.clock.now() };
  editor.clear();
  history?.add(text);
  // A command is answered at once, so it does not wait below.
  if (screen.isTurnShown && !text.trimStart().startsWith("/")) queued.set(message.platformId, units);
  else screen.print(toEchoRows(units, screen));
  const handled = Promise.resolve()
    .then(() => handler(message))
    .catch((error: unknown) => refuse(state, message.platformId, { units, error }))
    .finally(() => running.delete(handled));
  running.add(handled);
}

/** A message that was not taken comes back to be mended, unless something else is being written by now. */
function refuse({ editor, queued, screen }: State, platformId: string, { units, error }: { readonly units: readonly InputUnit[]; readonly error: unknown }): void {
  queued.delete(platformId);
  if (editor.input.isEmpty) editor.input.set(units);
  const said = `not sent: ${error instanceof Error ? error.message : String(error)}`;
  screen.print(wrapSpans([toSpan(said, ["bad"])], screen.style.width, screen.style.paint));
}

function toEchoRows(units: readonly InputUnit[], { style }: ChatScreen): readonly string[] {
  const indent = style.width < narrowest ? "" : prompt;
  const text = units.map((unit) => unit.label ?? unit.text).join("");
  const rows = wrapSpans([toSpan(text, ["bold"])], style.width - indent.length, style.paint);
  return rows.map((row, index) => (indent === "" ? row : `${index === 0 ? style.paint(prompt, "accent") : "  "}${row}`));
}

function toQuestionRows({ text }: OpenQuestion, { style }: ChatScreen): readonly string[] {
  return wrapSpans([toSpan(text)], style.width, style.paint);
}

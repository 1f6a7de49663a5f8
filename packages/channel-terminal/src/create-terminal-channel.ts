import type { Host, InboundHandler, OutboundMessage, TerminalDevice } from "@omni/core";
import { OmniError } from "@omni/core";
import type { TerminalChannel } from "./terminal-channel.ts";
import type { TerminalChannelOptions } from "./terminal-channel-options.ts";
import { createChatScreen } from "./chat-screen.ts";
import { createComposer } from "./composer.ts";
import { openInputHistory } from "./input-history.ts";
import { readKeys } from "./key-input.ts";

/** Turns bracketed paste on, so that a paste is told from typing, and off again; the cursor is seen afterwards whatever happened. */
const greeting = "\u001b[?2004h";
const farewell = "\u001b[?2026l\u001b[?2004l\u001b[?25h";

/**
 * Makes a chat in the terminal of the host. Throws `config.invalid` where
 * there is none, or none whose cursor can be moved. The terminal is taken at
 * `start` and given back at `close`.
 */
export function createTerminalChannel(options: TerminalChannelOptions, host: Host): TerminalChannel {
  const device = needTerminal(host);
  const screen = createChatScreen({ device, clock: host.clock, isMarkdown: options.markdown });
  const composer = createComposer({ screen, host, messageBytes: options.messageBytes });
  const stopping = new AbortController();
  let isClosed = false;
  let giveBack = (): void => undefined;
  const stop = (): void => {
    if (stopping.signal.aborted) return;
    stopping.abort(new Error("The chat was left."));
    composer.stop();
    screen.leave();
    giveBack();
  };
  return {
    capabilities: { maxMessageLength: Infinity, edit: false, buttons: false, files: false, deduplicates: false },
    async start(handler: InboundHandler, signal) {
      signal.throwIfAborted();
      const history = await openInputHistory(host, options.history);
      if (stopping.signal.aborted) return;
      signal.addEventListener("abort", stop, { once: true });
      // Keys first: nothing is drawn that the terminal would mix with an echo of its own.
      giveBack = takeTerminal(device, screen.redraw);
      composer.begin(handler, history);
      void readKeys({ device, clock: host.clock, mostPaste: options.messageBytes, onKeys: composer.take }, stopping.signal).then(
        () => composer.end(),
        () => composer.end(),
      );
      screen.redraw();
    },
    async send(message, signal) {
      signal.throwIfAborted();
      refuseUndeclared(message);
      screen.printText(message.text);
      await screen.settled();
      return { receipt: host.random.id() };
    },
    begin: (platformId) => screen.begin(composer.release(platformId)),
    ask: composer.ask,
    note: screen.note,
    onIntent: composer.onIntent,
    async close() {
      stop();
      if (isClosed) return;
      isClosed = true;
      await composer.settled();
      await screen.settled();
    },
  };
}

function takeTerminal(device: TerminalDevice, redraw: () => void): () => void {
  const forget = device.onResize(redraw);
  const release = device.takeKeys(farewell);
  void device.write(greeting);
  return () => {
    forget();
    release();
  };
}

function needTerminal({ terminal }: Host): TerminalDevice {
  if (terminal?.isTerminal === true) return terminal;
  const what = terminal === undefined ? "This program has no terminal to chat in" : "What the program was started in is a pipe, a file or a terminal that can only append";
  throw new OmniError("config.invalid", `${what}; the channel terminal works in omni agent, started in a terminal. Elsewhere use omni run or omni stdio.`);
}

function refuseUndeclared({ edits, buttons }: OutboundMessage): void {
  if (edits !== undefined) throw new OmniError("message.invalid", "What a terminal shows cannot be edited; send a new message.");
  if (buttons !== undefined) throw new OmniError("message.invalid", "A terminal has no buttons; ask in words.");
}

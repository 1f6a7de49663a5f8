import type { Channel } from "@omni/core";
import type { ChannelPlace } from "@omni/testkit";
import { createCountingRandom, createFakeHost } from "@omni/testkit/fakes";
import { createTerminalChannel, terminalChannelOptions } from "../src/index.ts";
import { createSmallTerminal } from "./small-terminal.ts";

/** So wide that no message of the kit wraps: what the person sees is then what was sent. */
const columns = 500_000;

/** The place in which the kit meets the channel: a person at a terminal, who pastes and reads. */
export function createTerminalPlace(): ChannelPlace {
  const terminal = createSmallTerminal({ columns });
  const random = createCountingRandom();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  let handled: ((end: "acknowledged") => void)[] = [];
  const create = async (): Promise<Channel> => {
    const host = createFakeHost({ terminal: terminal.device, random });
    const channel = createTerminalChannel(terminalChannelOptions.parse({ markdown: false }), host);
    return {
      ...channel,
      start: (handler, signal) =>
        channel.start(async (message) => {
          try {
            await handler(message);
          } finally {
            handled.shift()?.("acknowledged");
          }
        }, signal),
    };
  };
  return {
    create,
    deliver({ text }) {
      const { promise, resolve } = Promise.withResolvers<"acknowledged">();
      handled = [...handled, resolve];
      terminal.type(`\u001b[200~${text.replaceAll("\n", "\r")}\u001b[201~`);
      terminal.type("\r");
      return promise;
    },
    sent: () => toMessages(terminal.rows()).map((text) => ({ conversation: "first", text, buttons: [] })),
    failNext: () => undefined,
    async elapse(milliseconds) {
      for (let waited = 0; waited < milliseconds; waited += 50) await settle();
    },
    dispose: async () => terminal.hangUp(),
  };
}

/** What was printed, without what the person wrote and without the prompt. */
function toMessages(rows: readonly string[]): readonly string[] {
  const groups = rows.join("\n").split("\n\n");
  return groups.map((group) => group.replace(/^\n/, "")).filter((group) => group !== "" && !group.startsWith(">"));
}

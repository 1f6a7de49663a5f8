import type { FakeOpenAI } from "@omni/testkit/fakes";
import type { DrivenTerminal, DrivenTerminalOptions } from "./driven-terminal.ts";
import type { Gateway, Place } from "./omni-process.ts";
import { createFakeOpenAI } from "@omni/testkit/fakes";
import { createPlace, startGateway } from "./omni-process.ts";
import { driveOmni } from "./driven-terminal.ts";

/** Keys as a terminal sends them. */
export const keys = { ctrlC: "\u0003", ctrlD: "\u0004", up: "\u001b[A", enter: "\r", newline: "\n" } as const;

/** A home with a model, and the chats and gateways of one test in it. */
export interface AgentPlace {
  readonly place: Place;
  readonly model: FakeOpenAI;
  /** Starts a chat and waits until it takes keys. */
  chat(args?: readonly string[], options?: DrivenTerminalOptions): Promise<DrivenTerminal>;
  gateway(): Promise<Gateway>;
  dispose(): Promise<void>;
}

/** Makes a home whose model answers what the test scripts. */
export async function createAgentPlace(): Promise<AgentPlace> {
  const model = await createFakeOpenAI();
  const place = await createPlace({ "a.txt": "alpha\nbeta\n" }, { OPENAI_BASE_URL: model.url });
  const terminals: DrivenTerminal[] = [];
  const gateways: Gateway[] = [];
  return {
    place,
    model,
    async chat(args = [], options = {}) {
      const terminal = driveOmni(place, ["agent", ...args], options);
      terminals.push(terminal);
      await terminal.until((screen) => /^>/m.test(screen));
      return terminal;
    },
    async gateway() {
      const gateway = await startGateway(place);
      gateways.push(gateway);
      return gateway;
    },
    async dispose() {
      for (const terminal of terminals) await terminal.dispose();
      for (const gateway of gateways) if (gateway.child.exitCode === null && gateway.child.signalCode === null) await gateway.kill();
      await model.close();
      await place.dispose();
    },
  };
}

import { onTestFinished } from "vitest";
import type { SocketClient, TurnEvents } from "../src/index.ts";
import type { ToldGateway } from "./told-gateway.ts";
import { connectSocket } from "../src/index.ts";
import { openToldGateway } from "./told-gateway.ts";

/** A client of a gateway that says what the test says. */
export interface ToldClient extends Omit<ToldGateway, "url"> {
  readonly live: SocketClient;
  /** The turn `t`, which the client streams. */
  readonly events: TurnEvents;
  /** An event of a turn, of `t` where none is named. */
  tell(event: string, data: object, turnId?: string): void;
  /** Resolves when the client has taken in all that was said so far; it has asked no more than this and the first stream. */
  taken(): Promise<void>;
}

/** The data of a `turn-end` of `t`. */
export const ended = { turn_id: "t", session_id: "http:a", status: "completed", output: "all", rounds: 1, tool_calls: [], usage: { input_tokens: 1, output_tokens: 1 }, error: null };

/** Opens both; the first frame of the client, `1`, is that of the stream. */
export async function openTold(): Promise<ToldClient> {
  const { url, say, ...gateway } = await openToldGateway();
  const live = await connectSocket({ url, token: "omni_any" });
  onTestFinished(() => live.close());
  let asked = 0;
  let told = 0;
  const streaming = live.stream({ message: "go" });
  say({ type: "accepted", id: String((asked += 1)), turn_id: "t", session_id: "http:a", repeat: false });
  return {
    live,
    events: await streaming,
    say,
    ...gateway,
    tell: (event, data, turnId = "t") => say({ type: "event", turn_id: turnId, session_id: "http:a", event, event_id: `1.${(told += 1)}`, data }),
    async taken() {
      const cancelling = live.cancel("another");
      say({ type: "done", id: String((asked += 1)), status: "completed" });
      await cancelling;
    },
  };
}

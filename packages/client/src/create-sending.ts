import type { CallOptions, ResumeOptions } from "./create-client.ts";
import type { GatewayRequest, GatewayResponse, Transport } from "./transport.ts";
import type { UnfinishedTurn } from "./turn-state.ts";
import type { WireObject } from "./wire-object.ts";
import { checkVisible } from "./check-visible.ts";
import { parseWireObject } from "./wire-object.ts";
import { toResponseError } from "./gateway-error.ts";
import { toTakenTurn } from "./taken-turn.ts";

/** A request without what every one has. */
export type Sent = Pick<GatewayRequest, "method" | "path" | "body"> & { readonly headers?: GatewayRequest["headers"] };

/** Sending with one form of answers and errors. */
export interface Sending {
  /** Resolves with the answer; throws what the gateway refuses. */
  send(sent: Sent, call: CallOptions): Promise<WireObject>;
  /** The same for a message, whose answer `read` reads: one that was taken and goes on is no error. */
  sendMessage<Read>(sent: Sent, call: CallOptions, read: (wire: WireObject) => Read): Promise<Read | UnfinishedTurn>;
  /** Asks for a stream; resolves with whatever is answered. */
  sendStream(sent: Sent, call: CallOptions & ResumeOptions): Promise<GatewayResponse>;
}

/** Makes it of a way to the gateway. */
export function createSending(transport: Transport): Sending {
  const post = ({ headers = {}, body, ...sent }: Sent, accept: string, { signal }: CallOptions): Promise<GatewayResponse> =>
    transport.send({
      ...sent,
      headers: { accept, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  const ask = async (sent: Sent, call: CallOptions): Promise<Answer> => {
    const response = await post(sent, "application/json", call);
    return { response, text: await readText(response) };
  };
  return {
    async send(sent, call) {
      const answer = await ask(sent, call);
      if (isError(answer)) throw toResponseError(answer.response, answer.text);
      return parseWireObject(answer.text);
    },
    async sendMessage(sent, call, read) {
      const answer = await ask(sent, call);
      if (!isError(answer)) return read(parseWireObject(answer.text));
      const taken = toTakenTurn(answer.response, answer.text);
      if (taken === undefined) throw toResponseError(answer.response, answer.text);
      return taken;
    },
    sendStream: async ({ headers = {}, ...sent }, { lastEventId, ...call }) =>
      post({ ...sent, headers: { ...headers, ...(lastEventId === undefined ? {} : { "last-event-id": checkVisible(lastEventId, "last event's id") }) } }, "text/event-stream", call),
  };
}

/** The whole body of a response, as text. */
export async function readText(response: GatewayResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body) text += decoder.decode(bytes, { stream: true });
  return text + decoder.decode();
}

interface Answer {
  readonly response: GatewayResponse;
  readonly text: string;
}

/** A turn that failed is told with a status of its own, but it is an answer all the same. */
function isError({ response, text }: Answer): boolean {
  return response.status >= 400 && !isTurn(text);
}

function isTurn(text: string): boolean {
  try {
    return "status" in parseWireObject(text).raw;
  } catch {
    return false;
  }
}

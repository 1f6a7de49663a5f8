// The gateway as a library: the same HTTP surface, in process, without a port.
import assert from "node:assert/strict";
import { createScriptedProvider, textReply } from "@omni/testkit/fakes";
import { createGateway } from "@omni/gateway";
import { openTemporaryRuntime } from "./temporary-home.ts";

await using home = await openTemporaryRuntime({}, createScriptedProvider([textReply("Hello over HTTP."), textReply("Hello as a stream.")]));
const { token } = await home.runtime.tokens.add("example", ["read", "chat"]);
const gateway = createGateway(home.runtime, { clock: home.clock, maxBodyBytes: 1_048_576 });
const post = (message: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  gateway.fetch(
    new Request("http://127.0.0.1/message", {
      method: "POST",
      headers: { host: "127.0.0.1", "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify({ message }),
    }),
    "tcp",
  );

const answer = (await (await post("hello")).json()) as { readonly output: string; readonly session_id: string };
assert.equal(answer.output, "Hello over HTTP.");
assert.equal(answer.session_id, "http:default");

const stream = await (await post("and again", { accept: "text/event-stream" })).text();
assert.match(stream, /event: text-delta\nid: 1\.\d+\ndata: \{"text":"Hello/);
assert.match(stream, /event: turn-end\n/);

const stranger = await gateway.fetch(new Request("http://127.0.0.1/turns/x", { headers: { host: "127.0.0.1" } }), "tcp");
assert.equal(stranger.status, 401);
console.log(answer.output);

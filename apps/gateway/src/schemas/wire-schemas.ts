import type { JsonSchema } from "@omni/core";
import { flag, list, named, object, orNull, text, whole, word } from "./schema.ts";

const ends = ["completed", "limited", "failed", "cancelled"];
const callStatuses = ["completed", "failed", "denied", "unknown"];
const anyObject: JsonSchema = { type: "object" };

const answerFields: Readonly<Record<string, JsonSchema>> = {
  output: text("What is said to the person; empty where the turn has not ended or failed."),
  session_id: text(),
  turn_id: text(),
  rounds: whole("Calls of the model.", { minimum: 0 }),
  tool_calls: list(object({ name: text(), status: word(callStatuses) })),
  usage: object({ input_tokens: whole(undefined, { minimum: 0 }), output_tokens: whole(undefined, { minimum: 0 }) }),
  error: orNull(named("ErrorDetail")),
};

const askFields: Readonly<Record<string, JsonSchema>> = {
  ask_id: text(),
  kind: word(["approval", "question"]),
  tool: text(),
  arguments: anyObject,
  reason: text("Why it is asked."),
  "question?": text(),
  "choices?": list(text()),
  expires_at: { type: "string", format: "date-time" },
};

/** The shapes that several routes share, by the name they have in the OpenAPI document. */
export const wireSchemas: Readonly<Record<string, JsonSchema>> = {
  ErrorDetail: object({ code: text("A code of the error table."), message: text("For people."), "requestId?": text("Of the request, as in x-request-id.") }),
  Error: object({ error: named("ErrorDetail"), "turn_id?": text("The turn it is about."), "session_id?": text() }, "The one form of an error."),
  Answer: object({ ...answerFields, status: word(ends) }, "How a turn ended."),
  Turn: object({ ...answerFields, status: word(["queued", "running", "waiting", ...ends]), "asks?": list(named("Ask"), "What it waits for.") }, "How a turn stands. Output, calls and usage come with its end."),
  Queued: object({ turn_id: text(), session_id: text(), status: word(["queued", "waiting"]), "asks?": list(named("Ask")) }, "The message was taken; the turn goes on."),
  Ask: object({ ...askFields, turn_id: text(), session_id: text() }, "What a turn asks a person."),
  Message: object({
    message: text("What the person says, at most 1 MiB."),
    "session_id?": text("Without a colon it gets the prefix http:; sessions of other entrances take scope admin. Default: header X-Session-Id, else http:default."),
    "model?": { ...text("The model of this turn."), minLength: 1, maxLength: 256 },
    "interactive?": flag("False answers every ask with no. Default true."),
    "mode?": word(["queue", "steer", "collect", "interrupt"], "What becomes of it while a turn of the session runs. Default as chosen for the session with /queue, else agent.queueMode."),
    "autonomy?": word(["readonly", "supervised", "full"], "Scope admin."),
    "workspace?": text("Absolute path on the gateway's machine. Scope admin."),
    "max_rounds?": whole("Most calls of the model. Scope admin.", { minimum: 1 }),
    "timeout?": { type: "number", exclusiveMinimum: 0, description: "Most seconds of the turn. Scope admin." },
    "origin?": word(["http", "cli", "stdio"], "The entrance that a program of the owner speaks for. Scope admin."),
  }),
  Reply: {
    oneOf: [object({ decision: word(["allow", "deny", "always"]) }, "To an approval."), object({ answer: text() }, "To a question.")],
  },
  Session: object({ session_id: text(), turns: whole("Ended turns.", { minimum: 0 }), tool_calls: whole(undefined, { minimum: 0 }), updated_at: { type: "string", format: "date-time" } }),
  SessionMessage: object(
    {
      role: word(["user", "assistant"]),
      text: text(),
      turn_id: text(),
      at: orNull({ type: "string", format: "date-time" }),
      "status?": word(["queued", "running", "waiting", ...ends], "Of the turn; with role assistant."),
      "tool_calls?": list(
        object({ name: text(), arguments: anyObject, status: word([...callStatuses, "running"]), preview: text("The first 200 characters of the result."), lines: whole("Lines of the whole result.", { minimum: 0 }) }),
        "With role assistant, in the order in which the model asked for them.",
      ),
    },
    "One side of a turn.",
  ),
};

import type { JsonObject, JsonSchema } from "@omni/core";
import { isJsonObject } from "./json-shape.ts";

/** What is wrong with one key of a server's definition. */
export interface DefinitionProblem {
  /** The key; undefined where the definition as a whole is meant. */
  readonly key?: string;
  readonly message: string;
  /** False where the definition can be used in spite of it. */
  readonly isFatal: boolean;
}

/** A definition with what is known of it, and everything that is wrong. */
export interface CheckedDefinition {
  /** The known keys, the type written out; undefined where a problem is fatal. */
  readonly definition: JsonObject | undefined;
  readonly problems: readonly DefinitionProblem[];
}

interface Field {
  readonly expected: string;
  readonly schema: JsonSchema;
  readonly accepts: (value: unknown) => boolean;
}

const text = (description: string): Field => ({ expected: "a text", schema: { type: "string", minLength: 1, description }, accepts: isText });
const flag = (description: string): Field => ({ expected: "true or false", schema: { type: "boolean", default: false, description }, accepts: (value) => typeof value === "boolean" });
const texts = (description: string): Field => ({ expected: "a list of texts", schema: { type: "array", items: { type: "string" }, description }, accepts: (value) => Array.isArray(value) && value.every((each) => typeof each === "string") });
const table = (description: string): Field => ({ expected: "an object of texts", schema: { type: "object", additionalProperties: { type: "string" }, description }, accepts: (value) => isJsonObject(value) && Object.values(value).every((each) => typeof each === "string") });
const milliseconds = (description: string): Field => ({ expected: "a whole number of milliseconds, at least 1", schema: { type: "integer", minimum: 1, description }, accepts: (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 1 });

/** How files in the wild spell the transports. */
const spellings: Readonly<Record<string, string>> = { stdio: "stdio", http: "http", sse: "sse", "streamable-http": "http", streamableHttp: "http", streamable_http: "http" };

/** Every key of a definition, as `mcp.json` has it. */
export const definitionFields: Readonly<Record<string, Field>> = {
  type: { expected: `"stdio", "http" or "sse"`, schema: { enum: ["stdio", "http", "sse"], description: "The transport; without it a command means stdio and a url means http." }, accepts: (value) => typeof value === "string" && Object.hasOwn(spellings, value) },
  command: text("The program of a server on stdio; no shell is involved."),
  args: texts("Its arguments."),
  env: table("Variables of its environment, besides the few it inherits."),
  cwd: text("The folder it starts in; the default workspace when absent."),
  url: text("The address of a server over HTTP."),
  headers: table("Headers of every request to it."),
  timeoutMs: milliseconds("Milliseconds a call may take without a word of progress; 120000 when absent."),
  idleTimeoutMs: milliseconds("Milliseconds without a call after which the connection is closed until the next call; never when absent."),
  disabled: flag("True to leave the server out."),
  trusted: flag("True to believe what its tools say of themselves."),
  allow: texts("Names of the tools to offer; all when absent."),
};

/** Checks the definition of one server. Variables may still stand in its texts. */
export function checkDefinition(value: unknown): CheckedDefinition {
  if (!isJsonObject(value)) return { definition: undefined, problems: [{ message: "expected an object with a command or a url", isFatal: true }] };
  const problems: DefinitionProblem[] = [];
  const definition: Record<string, JsonObject[string]> = {};
  for (const [key, given] of Object.entries(value)) {
    const field = Object.hasOwn(definitionFields, key) ? definitionFields[key] : undefined;
    if (field === undefined) problems.push({ key, message: `${key} is no key of a server and is ignored`, isFatal: false });
    else if (!field.accepts(given)) problems.push({ key, message: `${key}: expected ${field.expected}`, isFatal: true });
    else definition[key] = key === "type" ? spellings[String(given)] : given;
  }
  const whole = toTransportProblem(value, definition);
  if (whole !== undefined) problems.push(whole);
  if (problems.some((problem) => problem.isFatal)) return { definition: undefined, problems };
  return { definition: { ...definition, type: definition["type"] ?? ("command" in definition ? "stdio" : "http") }, problems };
}

function toTransportProblem(value: JsonObject, definition: JsonObject): DefinitionProblem | undefined {
  const { command, url } = value;
  const type = definition["type"];
  const fatal = (message: string, key?: string): DefinitionProblem => ({ message, isFatal: true, ...(key === undefined ? {} : { key }) });
  if (command === undefined && url === undefined) return fatal("expected a command (a program to start) or a url (an address)");
  if (command !== undefined && url !== undefined) return fatal("expected a command or a url, found both");
  if (type === "stdio" && command === undefined) return fatal("a server of type stdio needs a command", "type");
  if ((type === "http" || type === "sse") && url === undefined) return fatal(`a server of type ${type} needs a url`, "type");
  if (isText(url) && !url.includes("${") && !isHttpUrl(url)) return fatal("url: expected an address that begins with http:// or https://", "url");
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && !value.includes("\u0000");
}

function isHttpUrl(value: string): boolean {
  const protocol = URL.parse(value)?.protocol;
  return protocol === "http:" || protocol === "https:";
}

import type { Host, JsonObject, JsonValue } from "@omni/core";
import type { McpToolOptions } from "./mcp-tool-options.ts";
import { isJsonList, isJsonObject } from "./json-shape.ts";

/** Names under which secrets stand. */
const secretName = /auth|key|token|secret|passw|credential|cookie/i;

/** How keys of well-known services begin, and what is long and without words. */
const secretValue = /^(?:Bearer\s+)?(?:sk-|gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|AKIA|AIza|eyJ)\S{8,}$|^(?=\S*\d)(?=\S*[A-Za-z])[\w+=-]{32,}$/;

/** Stands for what is not shown. */
const hidden = "[hidden]";

/** What the definition says under a name that sounds like a secret's is redacted wherever it turns up. */
export function registerSecrets(options: McpToolOptions, host: Pick<Host, "secrets">): void {
  for (const [name, value] of [...Object.entries(options.env), ...Object.entries(options.headers)]) {
    if (!secretName.test(name)) continue;
    host.secrets.register(value);
    const bare = /^(?:Bearer|Basic|Token)\s+(\S+)$/i.exec(value)?.[1];
    if (bare !== undefined) host.secrets.register(bare);
  }
}

/** Places of a definition where a secret seems to stand in clear, `env.API_KEY`; a `${NAME}` is no secret. */
export function findSecretPlaces(definition: JsonObject): readonly string[] {
  const { args, env, headers, url } = definition;
  const inTable = (key: string, table: JsonValue | undefined): readonly string[] =>
    (isJsonObject(table) ? Object.entries(table) : []).filter(([name, value]) => isSecret(name, value)).map(([name]) => `${key}.${name}`);
  const words = toTexts(args);
  const inArgs = words.flatMap((word, index) => (hideArgument(word, words[index - 1]) === word ? [] : [`args[${index}]`]));
  return [...inTable("env", env), ...inTable("headers", headers), ...inArgs, ...(typeof url === "string" && hideAddress(url) !== url ? ["url"] : [])];
}

/** Where a server is, for people: its command line or its address, without what may be secret. */
export function toShownTarget({ command, args, url }: JsonObject): string {
  if (typeof command !== "string") return typeof url === "string" ? hideAddress(url) : "";
  const words = toTexts(args);
  return [command, ...words.map((word, index) => hideArgument(word, words[index - 1]))].map(toShown).join(" ");
}

function toTexts(value: JsonValue | undefined): readonly string[] {
  return isJsonList(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

function toShown(word: string): string {
  return /^[^\s"'\\]+$/.test(word) ? word : JSON.stringify(word);
}

function isSecret(name: string, value: JsonValue | undefined): boolean {
  return typeof value === "string" && value !== "" && !value.includes("${") && (secretName.test(name) || secretValue.test(value));
}

/** `--token=x` and the word behind `--token` are as secret as their names. */
function hideArgument(word: string, before: string | undefined): string {
  const [, flag, value] = /^(--?[\w-]+=|[A-Z_]+=)(.*)$/s.exec(word) ?? [];
  if (flag !== undefined && value !== undefined) return isSecret(flag, value) ? `${flag}${hidden}` : word;
  const isNamed = before !== undefined && /^--?[\w-]+$/.test(before) && !word.startsWith("-");
  return isSecret(isNamed ? before : "", word) ? hidden : word;
}

/** An address without the password it may carry, and without values of its query that may be secret. */
function hideAddress(address: string): string {
  const clear = address.replace(/^(\w+:\/\/)[^/?#@]*@/, (whole, scheme: string) => (whole.includes("${") ? whole : `${scheme}${hidden}@`));
  return clear.replace(/([?&])([^=&#]+)=([^&#]*)/g, (whole, mark: string, name: string, value: string) => (isSecret(name, value) ? `${mark}${name}=${hidden}` : whole));
}

import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** Who signs, and where answers go. */
export interface WebhookChannelOptions {
  /** A message signed with any of these is taken; answers are signed with the first. Each at least 32 characters. */
  readonly secrets: readonly string[];
  /** Where answers are posted. */
  readonly url: string;
  /** Most UTF-16 units of one answer; a longer one comes in parts. */
  readonly maxMessageLength: number;
  /** True where the receiver drops an answer whose `idempotency-key` it has seen, also after its own restart. */
  readonly deduplicates: boolean;
}

/** Fewest characters of a secret: 32 of hexadecimal are 128 bits. */
const leastSecret = 32;

/** Most secrets that are good at once: the new one, the old one, and some to spare. */
const mostSecrets = 8;

const longestMessage = 200_000;
const usualMessage = 32_768;

/** Options of the webhook channel; `secrets` and `url` have no defaults. `parse` throws `config.invalid` for a secret that is missing or too short. */
export const webhookChannelOptions: OptionsSchema<WebhookChannelOptions> = {
  jsonSchema: {
    type: "object",
    properties: {
      secrets: { type: "array", minItems: 1, maxItems: mostSecrets, items: { type: "string", minLength: leastSecret }, description: `A message signed with any of these is taken; answers are signed with the first. At least ${leastSecret} characters each; better a reference, \${WEBHOOK_SECRET}, than the secret itself.` },
      url: { type: "string", minLength: 1, description: "Where answers are posted, with http:// or https://." },
      maxMessageLength: { type: "integer", minimum: 1, maximum: longestMessage, default: usualMessage, description: "Most UTF-16 units of one answer; a longer one comes in parts." },
      deduplicates: { type: "boolean", default: false, description: "True where the receiver drops an answer whose idempotency-key it has seen, also after its own restart." },
    },
    required: ["secrets", "url"],
    additionalProperties: false,
  },
  parse(value) {
    const given: unknown = value ?? {};
    if (!isRecord(given)) throw invalid("the options are no object");
    const { secrets, url, maxMessageLength = usualMessage, deduplicates = false } = given;
    if (typeof maxMessageLength !== "number" || !Number.isInteger(maxMessageLength) || maxMessageLength < 1 || maxMessageLength > longestMessage) throw invalid(`maxMessageLength must be a whole number from 1 to ${longestMessage}`);
    if (typeof deduplicates !== "boolean") throw invalid("deduplicates must be true or false");
    return { secrets: toSecrets(secrets), url: toUrl(url), maxMessageLength, deduplicates };
  },
};

/** No message names a secret: it would stand in a log. */
function toSecrets(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid("secrets must hold at least one secret that the sender knows too; without one nobody could be told from anybody");
  if (value.length > mostSecrets) throw invalid(`secrets holds ${value.length} and may hold ${mostSecrets}; take out those that are not used any more`);
  return (value as readonly unknown[]).map((secret, index) => {
    if (typeof secret !== "string") throw invalid(`secrets[${index}] must be a text`);
    if (secret.trim() !== secret) throw invalid(`secrets[${index}] begins or ends with white space, which is easily lost; make one without, such as with: openssl rand -hex 32`);
    if (secret.length < leastSecret) throw invalid(`secrets[${index}] has ${secret.length} characters and needs ${leastSecret}; make one with: openssl rand -hex 32`);
    return secret;
  });
}

function toUrl(value: unknown): string {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) throw invalid("url must be an address that begins with https:// or http://, where answers are posted");
  if (url.username !== "" || url.password !== "") throw invalid("url holds a name or a password; the receiver knows who asks by the signature");
  return url.href;
}

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `channel webhook: ${what}.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

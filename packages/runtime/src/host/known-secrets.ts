import type { Secrets } from "@omni/core";

/** Shorter values are not replaced: they would blank out ordinary words. */
const shortestSecret = 6;

/** Names under which an environment commonly holds secrets. */
const secretName = /(?:key|token|secret|passw(?:or)?d|passphrase|credentials?|auth)(?:$|_)/i;

/**
 * Secrets of an environment that the app hands over. What is asked for by
 * name, and what stands under a name that sounds like a secret's, is known to
 * `redact` at once; more comes by `register`. A value is replaced also as it
 * looks inside JSON and inside a URL.
 */
export function createKnownSecrets(values: Readonly<Record<string, string | undefined>> = {}): Secrets {
  const known = new Set<string>();
  let pattern: RegExp | undefined;
  const register = (value: string): void => {
    if (value.length < shortestSecret || known.has(value)) return;
    for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]) known.add(form);
    pattern = undefined;
  };
  for (const [name, value] of Object.entries(values)) if (value !== undefined && secretName.test(name)) register(value);
  return {
    register,
    async get(name) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value !== undefined) register(value);
      return value;
    },
    redact(text) {
      if (known.size === 0) return text;
      pattern ??= toPattern(known);
      return text.replace(pattern, "[redacted]");
    },
  };
}

/** Longer values first, so that a secret that contains another goes whole. */
function toPattern(known: ReadonlySet<string>): RegExp {
  const forms = [...known].sort((one, other) => other.length - one.length);
  return new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
}

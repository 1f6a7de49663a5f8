import type { Clock, JsonObject, JsonValue, Principal, Random, Scope, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { toSha256 } from "./sha256.ts";

/** What is told of a token; the token itself is shown once, when it is made. */
export interface AccessToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
}

/** Bearer tokens of a home. Only their SHA-256 hashes are kept. */
export interface AccessTokens {
  /** Makes a token of 256 random bits. Throws `usage.invalid` for a name that is taken or odd, or unknown scopes. */
  add(name: string, scopes: readonly string[]): Promise<{ readonly token: string } & AccessToken>;
  list(): Promise<readonly AccessToken[]>;
  /** False when there was none of that name. */
  revoke(name: string): Promise<boolean>;
  /** Who holds this token, or undefined. Looked up anew each time, so a revoked token is refused at once. */
  verify(token: string): Promise<Principal | undefined>;
}

const prefix = "omni_";
const documentKind = "access-token";
const allScopes: readonly Scope[] = ["read", "chat", "approve", "admin"];

/** Tokens as documents of the store, one a hash: looking one up compares no secret byte by byte. */
export function createAccessTokens(store: Store, clock: Clock, random: Random): AccessTokens {
  const all = async (): Promise<readonly (AccessToken & { readonly hash: string })[]> =>
    (await store.listDocuments(documentKind)).flatMap(({ id, value }) => {
      const token = fromDocument(value);
      return token === undefined ? [] : [{ ...token, hash: id }];
    });
  return {
    async add(name, scopes) {
      if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) throw new OmniError("usage.invalid", `A token's name has 1 to 64 letters, digits, dots, dashes or underscores; ${JSON.stringify(name.slice(0, 80))} does not fit.`);
      const known = toScopes(scopes);
      if ((await all()).some((each) => each.name === name)) throw new OmniError("usage.invalid", `There is a token named ${name} already; revoke it first or choose another name.`);
      const token = prefix + Buffer.from(random.bytes(32)).toString("base64url");
      const createdAt = clock.now();
      const kept = await store.putDocument(documentKind, toSha256(token), { name, scopes: known, createdAt }, 0);
      if (!kept) throw new OmniError("internal", "The token could not be kept; try again.", { retryable: true });
      return { token, name, scopes: known, createdAt };
    },
    list: async () => (await all()).map(({ name, scopes, createdAt }) => ({ name, scopes, createdAt })),
    async revoke(name) {
      const found = (await all()).find((each) => each.name === name);
      return found !== undefined && (await store.deleteDocument(documentKind, found.hash));
    },
    async verify(token) {
      if (!token.startsWith(prefix) || token.length > 256) return undefined;
      const document = await store.getDocument(documentKind, toSha256(token));
      const found = document === undefined ? undefined : fromDocument(document.value);
      return found === undefined ? undefined : { id: `token:${found.name}`, scopes: found.scopes };
    },
  };
}

function toScopes(given: readonly string[]): readonly Scope[] {
  const unknown = given.filter((each) => !allScopes.some((scope) => scope === each));
  if (given.length === 0 || unknown.length > 0) {
    throw new OmniError("usage.invalid", `Scopes are ${allScopes.join(", ")}${unknown.length > 0 ? `; ${unknown.join(", ")} is none of them` : "; name at least one"}.`);
  }
  return allScopes.filter((scope) => given.includes(scope));
}

function fromDocument(value: JsonValue): AccessToken | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { name, scopes, createdAt } = value as JsonObject;
  if (typeof name !== "string" || !Array.isArray(scopes) || typeof createdAt !== "number") return undefined;
  return { name, scopes: allScopes.filter((scope) => (scopes as readonly unknown[]).includes(scope)), createdAt };
}

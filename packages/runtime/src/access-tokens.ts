import type { Clock, JsonObject, JsonValue, Principal, Random, Scope, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { toSha256 } from "./sha256.ts";

/** What is told of a token; the token itself is shown once, when it is made. */
export interface AccessToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Unix milliseconds, like all times here. */
  readonly createdAt: number;
  /** From then on it is worthless; absent where it is good until it is revoked. */
  readonly expiresAt?: number;
  /** When it was last used, exact to a minute; absent where it never was. */
  readonly lastUsedAt?: number;
}

/** What a token is made with. */
export interface AccessTokenOptions {
  /** Milliseconds that it is good for, a whole number above 0; until it is revoked when absent. */
  readonly lastsMs?: number;
}

/** Bearer tokens of a home. Only their SHA-256 hashes are kept. */
export interface AccessTokens {
  /** Makes a token of 256 random bits. Throws `usage.invalid` for a name that is taken or odd, unknown scopes, or a time that is none. */
  add(name: string, scopes: readonly string[], options?: AccessTokenOptions): Promise<{ readonly token: string } & AccessToken>;
  list(): Promise<readonly AccessToken[]>;
  /** Ends every token of that name; false when there was none. */
  revoke(name: string): Promise<boolean>;
  /** Who holds this token, or undefined. Looked up anew each time, so a token that was revoked or has expired is refused at once. */
  verify(token: string): Promise<Principal | undefined>;
}

const prefix = "omni_";
/** What the id of a principal with a token begins with; its name follows. */
const principalPrefix = "token:";
const documentKind = "access-token";
/** Which token has a name: of two that are made at once under one, one gets it. */
const nameKind = "access-token-name";
const allScopes: readonly Scope[] = ["read", "chat", "approve", "admin"];

/** How exactly the last use is kept, in milliseconds: a token in use costs one write a minute. */
const usedWithinMs = 60_000;

/** Tokens as documents of the store, one a hash: looking one up compares no secret byte by byte. */
export function createAccessTokens(store: Store, clock: Clock, random: Random): AccessTokens {
  const all = (): Promise<readonly KeptToken[]> => listTokens(store);
  return {
    async add(name, scopes, { lastsMs } = {}) {
      checkTokenName(name);
      const known = toScopes(scopes);
      const createdAt = clock.now();
      const expiresAt = lastsMs === undefined ? undefined : createdAt + lastsMs;
      if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt > createdAt)) throw new OmniError("usage.invalid", "A token must be good for a whole number of milliseconds above 0.");
      if ((await all()).some((each) => each.name === name)) throw toTaken(name);
      const token = prefix + Buffer.from(random.bytes(32)).toString("base64url");
      const made: AccessToken = { name, scopes: known, createdAt, ...(expiresAt === undefined ? {} : { expiresAt }) };
      const hash = toSha256(token);
      const kept = await store.putDocument(documentKind, hash, { ...made }, 0);
      if (!kept) throw new OmniError("internal", "The token could not be kept; try again.", { retryable: true });
      if (!(await takeName(name, hash, store))) {
        await store.deleteDocument(documentKind, hash);
        throw toTaken(name);
      }
      return { token, ...made };
    },
    list: async () => (await all()).map(({ hash: _hash, ...token }) => token),
    async revoke(name) {
      const found = (await all()).filter((each) => each.name === name);
      const ended = await Promise.all(found.map(({ hash }) => store.deleteDocument(documentKind, hash)));
      // Where it stays, it stands in nobody's way.
      if (ended.includes(true)) await store.deleteDocument(nameKind, name).catch(() => false);
      return ended.includes(true);
    },
    async verify(token) {
      if (!token.startsWith(prefix) || token.length > 256) return undefined;
      const hash = toSha256(token);
      const document = await store.getDocument(documentKind, hash);
      const found = document === undefined ? undefined : fromDocument(document.value);
      if (document === undefined || found === undefined) return undefined;
      const now = clock.now();
      if (found.expiresAt !== undefined && found.expiresAt <= now) return undefined;
      if (Math.abs(now - (found.lastUsedAt ?? 0)) >= usedWithinMs) {
        // Bound to the version that was read: a token that was revoked meanwhile does not come back. Nobody waits for it.
        void store.putDocument(documentKind, hash, { ...found, lastUsedAt: now }, document.version).catch(() => undefined);
      }
      return { id: principalPrefix + found.name, scopes: found.scopes };
    },
  };
}

/** A token as it is kept: its hash is what it is known by, and no other token ever has it. */
interface KeptToken extends AccessToken {
  readonly hash: string;
}

async function listTokens(store: Pick<Store, "listDocuments">): Promise<readonly KeptToken[]> {
  return (await store.listDocuments(documentKind)).flatMap(({ id, value }) => {
    const token = fromDocument(value);
    return token === undefined ? [] : [{ ...token, hash: id }];
  });
}

/** True where a principal of this id came with a token. */
export function isTokenPrincipal(id: string): boolean {
  return id.startsWith(principalPrefix);
}

/** The hash of the token that a principal of this id came with at `at`; undefined once that was revoked, also where another token has its name since. */
export async function findTokenHash(principalId: string, at: number, store: Pick<Store, "listDocuments">): Promise<string | undefined> {
  return (await listTokens(store)).find(({ name, createdAt }) => principalPrefix + name === principalId && createdAt <= at)?.hash;
}

/** True until the token of this hash is revoked. One that has expired is there still: nobody comes with it, and nobody has its name. */
export async function isTokenThere(hash: string, store: Pick<Store, "getDocument">): Promise<boolean> {
  return (await store.getDocument(documentKind, hash)) !== undefined;
}

/** Gives the name to a token that is kept already; false where another has it. A name whose token is gone was left behind by a process that ended midway, and is free. */
async function takeName(name: string, hash: string, store: Store): Promise<boolean> {
  if (await store.putDocument(nameKind, name, { hash }, 0)) return true;
  const held = await store.getDocument(nameKind, name);
  const isHeld = held !== undefined && (await store.getDocument(documentKind, toHolder(held.value))) !== undefined;
  return !isHeld && store.putDocument(nameKind, name, { hash }, held?.version ?? 0);
}

function toTaken(name: string): OmniError {
  return new OmniError("usage.invalid", `There is a token named ${name} already; revoke it first or choose another name.`);
}

/** Throws `usage.invalid` for a name that no token can have. */
export function checkTokenName(name: string): void {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) throw new OmniError("usage.invalid", `A token's name has 1 to 64 letters, digits, dots, dashes or underscores; ${JSON.stringify(name.slice(0, 80))} does not fit.`);
}

/** The scopes of these words, in their usual order. Throws `usage.invalid` for none, or one that is not known. */
export function toScopes(given: readonly string[]): readonly Scope[] {
  const unknown = given.filter((each) => !allScopes.some((scope) => scope === each));
  if (given.length === 0 || unknown.length > 0) {
    throw new OmniError("usage.invalid", `Scopes are ${allScopes.join(", ")}${unknown.length > 0 ? `; ${unknown.join(", ")} is none of them` : "; name at least one"}.`);
  }
  return allScopes.filter((scope) => given.includes(scope));
}

/** The hash that a name belongs to; empty where the document does not say. */
function toHolder(value: JsonValue): string {
  const hash = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject)["hash"] : undefined;
  return typeof hash === "string" ? hash : "";
}

/** A document that does not hold what it should is no token: in doubt nobody is let in. */
function fromDocument(value: JsonValue): AccessToken | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { name, scopes, createdAt, expiresAt, lastUsedAt } = value as JsonObject;
  if (typeof name !== "string" || !Array.isArray(scopes) || typeof createdAt !== "number") return undefined;
  if (expiresAt !== undefined && typeof expiresAt !== "number") return undefined;
  return {
    name,
    scopes: allScopes.filter((scope) => (scopes as readonly unknown[]).includes(scope)),
    createdAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(typeof lastUsedAt === "number" ? { lastUsedAt } : {}),
  };
}

import type { Clock, JsonObject, JsonValue, Random, Scope, Store } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { AccessToken, AccessTokens } from "./access-tokens.ts";
import { checkTokenName, toScopes } from "./access-tokens.ts";
import { toSha256 } from "./sha256.ts";

/** What a code will be good for. */
export interface PairingWish {
  /** Of the token that the code is exchanged for. */
  readonly name: string;
  readonly scopes: readonly string[];
}

/** A code as it is shown once. */
export interface PairingCode {
  /** `XXXX-XXXX`. */
  readonly code: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** Letters of a code: Crockford's base 32, so that none is mistaken for another. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const codeLength = 8;

/** How long a code is good, in milliseconds. */
const codeMs = 600_000;

/** Wrong codes after which the code is burnt, and the address that sent them is locked for an hour. */
const mostBadTries = 5;
const lockMs = 3_600_000;

/** Most addresses whose wrong codes are remembered; those that were quiet for longest are forgotten first. A code is burnt by five wrong ones wherever they come from. */
const mostAddresses = 256;

/** A home has one code at a time. */
const codeKind = "pairing-code";
const codeId = "current";
const addressKind = "pairing-address";

/** How often a document is written anew when others are faster: each time one of them got through. */
const mostRaces = 1_000;

/**
 * Makes a code that can be exchanged once, within ten minutes, for a token. An
 * earlier code is worthless from then on. Call it for the owner of the home
 * only. Throws `usage.invalid` for a name that is taken or odd, or unknown scopes.
 */
export async function mintPairingCode(wish: PairingWish, { store, clock, random, tokens }: { readonly store: Store; readonly clock: Clock; readonly random: Random; readonly tokens: AccessTokens }): Promise<PairingCode> {
  const { name } = wish;
  checkTokenName(name);
  const scopes = toScopes(wish.scopes);
  if ((await tokens.list()).some((token) => token.name === name)) throw new OmniError("usage.invalid", `There is a token named ${name} already; revoke it first or choose another name.`);
  const code = Array.from(random.bytes(codeLength), (byte) => alphabet[byte % alphabet.length] ?? "").join("");
  const expiresAt = clock.now() + codeMs;
  await store.putDocument(codeKind, codeId, { hash: toSha256(code), name, scopes: [...scopes], expiresAt, badTries: 0, isSpent: false });
  return { code, name, scopes, expiresAt };
}

/** Where and with what a code is exchanged. */
export interface PairingDesk {
  readonly store: Store;
  readonly clock: Clock;
  readonly tokens: AccessTokens;
}

/**
 * Exchanges a code for its token. `address` is whoever sends it; five wrong
 * codes lock it for an hour and burn the code, also across restarts. Throws
 * `request.too-many` for an address that is locked, and `auth.forbidden` for a
 * code that is not good; it does not say why. A code stays good where its
 * token could not be made: because the name was taken meanwhile
 * (`auth.forbidden`, which says so), or by a fault of the store (`store.*`).
 */
export async function redeemPairingCode(given: string, address: string, desk: PairingDesk): Promise<{ readonly token: string } & AccessToken> {
  await checkAddress(address, desk);
  const tried = await tryCode(toCode(given), desk);
  if (tried.result === "good") return addToken(tried, desk);
  if (tried.result === "bad") await countBadTry(address, desk);
  throw new OmniError("auth.forbidden", "This code is not good (any more); make a new one with: omni pair");
}

/** What a try came to. `spent`: the right code, but somebody was faster; that is no guess, and not counted as one. */
type Try = GoodTry | { readonly result: "spent" | "bad" };

interface GoodTry {
  readonly result: "good";
  readonly hash: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

interface CodeDocument {
  readonly hash: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  readonly badTries: number;
  readonly isSpent: boolean;
}

/**
 * Compares and decides in one step: whatever is found is written back under
 * the version that was read, before anything is told. So of many tries at once
 * each counts as if they had come one after the other.
 */
async function tryCode(code: string, { store, clock }: PairingDesk): Promise<Try> {
  for (let race = 0; race < mostRaces; race += 1) {
    const document = await store.getDocument(codeKind, codeId);
    const open = document === undefined ? undefined : toCodeDocument(document.value);
    if (document === undefined || open === undefined || open.expiresAt <= clock.now() || open.badTries >= mostBadTries) return { result: "bad" };
    const isRight = toSha256(code) === open.hash;
    if (open.isSpent) return { result: isRight ? "spent" : "bad" };
    const next: CodeDocument = isRight ? { ...open, isSpent: true } : { ...open, badTries: open.badTries + 1 };
    if (await store.putDocument(codeKind, codeId, { ...next }, document.version)) return isRight ? { result: "good", hash: open.hash, name: open.name, scopes: open.scopes } : { result: "bad" };
  }
  return { result: "bad" };
}

/** Makes the token of a code that was spent for it. The code is spent before and not after: killed in between it is worthless, and never good for two. */
async function addToken({ hash, name, scopes }: GoodTry, desk: PairingDesk): Promise<{ readonly token: string } & AccessToken> {
  try {
    return await desk.tokens.add(name, scopes);
  } catch (error) {
    await putBack(hash, desk).catch(() => undefined);
    if (toOmniError(error).code !== "usage.invalid") throw error;
    throw new OmniError("auth.forbidden", `There is a token named ${name} already; revoke it with: omni tokens revoke ${name}; then send this code again, or make one for another name with: omni pair NAME`, { cause: error });
  }
}

/** Makes the code good again that was spent for nothing. Whoever spent it is the only one to do so, and a newer code stays as it is. */
async function putBack(hash: string, { store }: PairingDesk): Promise<void> {
  const document = await store.getDocument(codeKind, codeId);
  const spent = document === undefined ? undefined : toCodeDocument(document.value);
  if (document !== undefined && spent?.hash === hash) await store.putDocument(codeKind, codeId, { ...spent, isSpent: false }, document.version);
}

async function checkAddress(address: string, { store, clock }: PairingDesk): Promise<void> {
  const document = await store.getDocument(addressKind, address);
  if (document === undefined) return;
  const left = toAddressDocument(document.value).lockedUntil - clock.now();
  if (left > 0) throw new OmniError("request.too-many", "Too many wrong codes from here; try again later.", { retryable: true, retryAfterMs: Math.min(left, lockMs) });
}

async function countBadTry(address: string, { store, clock }: PairingDesk): Promise<void> {
  for (let race = 0; race < mostRaces; race += 1) {
    const document = await store.getDocument(addressKind, address);
    const now = clock.now();
    const before = document === undefined ? { badTries: 0, lockedUntil: 0, at: now } : toAddressDocument(document.value);
    // What was tried more than an hour ago, or led to a lock that is over, no longer counts.
    const badTries = (before.at + lockMs <= now || before.lockedUntil > 0 ? 0 : before.badTries) + 1;
    if (before.lockedUntil > now) return;
    const next = { badTries, lockedUntil: badTries >= mostBadTries ? now + lockMs : 0, at: now };
    if (await store.putDocument(addressKind, address, next, document?.version ?? 0)) return document === undefined ? forgetOldest(store) : undefined;
  }
}

async function forgetOldest(store: Store): Promise<void> {
  const all = await store.listDocuments(addressKind);
  const oldest = all.toSorted((one, other) => toAddressDocument(one.value).at - toAddressDocument(other.value).at);
  for (const { id } of oldest.slice(0, Math.max(0, all.length - mostAddresses))) await store.deleteDocument(addressKind, id);
}

/** A code as people type it: case, spaces and dashes do not matter, nor do letters that look like digits. */
function toCode(given: string): string {
  return given.slice(0, 64).toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
}

/** A document that does not hold what it should is no code. */
function toCodeDocument(value: JsonValue): CodeDocument | undefined {
  const { hash, name, scopes, expiresAt, badTries, isSpent } = toObject(value);
  if (typeof hash !== "string" || typeof name !== "string" || typeof expiresAt !== "number" || typeof badTries !== "number" || typeof isSpent !== "boolean" || !Array.isArray(scopes)) return undefined;
  return { hash, name, scopes: scopes.filter((scope) => typeof scope === "string"), expiresAt, badTries, isSpent };
}

/** A document that does not hold what it should locks the address for good: in doubt nobody is let in. */
function toAddressDocument(value: JsonValue): { readonly badTries: number; readonly lockedUntil: number; readonly at: number } {
  const { badTries, lockedUntil, at } = toObject(value);
  if (typeof badTries !== "number" || typeof lockedUntil !== "number" || typeof at !== "number") return { badTries: mostBadTries, lockedUntil: Number.MAX_SAFE_INTEGER, at: 0 };
  return { badTries, lockedUntil, at };
}

function toObject(value: JsonValue): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

import type { Clock } from "@omni/core";

/** How much one key may take, and how many keys are remembered. */
export interface RateLimitOptions {
  /** Most that may be taken at once after a rest. */
  readonly burst: number;
  /** What comes back in a second. */
  readonly perSecond: number;
  /** Most keys that are remembered; the one that was quiet for longest is forgotten first. */
  readonly keys: number;
}

/** A bound on how often something may happen, by key. */
export interface RateLimit {
  /** Takes one; 0 when it was there, else how many milliseconds to wait for it. */
  take(key: string): number;
  /** How many keys are remembered. */
  readonly size: number;
}

/** Token buckets. The memory they take is bounded whatever keys come: forgetting a key only forgives it. */
export function createRateLimit(clock: Pick<Clock, "monotonic">, options: RateLimitOptions): RateLimit {
  const { burst, perSecond, keys } = options;
  const buckets = new Map<string, { readonly left: number; readonly at: number }>();
  return {
    take(key) {
      const now = clock.monotonic();
      const before = buckets.get(key) ?? { left: burst, at: now };
      const left = Math.min(burst, before.left + ((now - before.at) / 1_000) * perSecond);
      const isAllowed = left >= 1;
      // Setting it anew makes it the newest in the map's order.
      buckets.delete(key);
      buckets.set(key, { left: isAllowed ? left - 1 : left, at: now });
      for (const oldest of buckets.keys()) {
        if (buckets.size <= keys) break;
        buckets.delete(oldest);
      }
      return isAllowed ? 0 : Math.max(1, Math.ceil(((1 - left) / perSecond) * 1_000));
    },
    get size() {
      return buckets.size;
    },
  };
}

/** What an address counts as: one of version 6 as its network of 64 bits, since a single client has all of that. */
export function toPeerKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const rest = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => "0");
  return [...groups, ...zeros, ...rest].slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, "")).join(":");
}

// Yours to write, at most 40 lines of code: where one text lies, and how it is replaced under its version.
// What stands here works and passes the kit; put your own in its place.

import type { Egress } from "@omni/core";

/** What lies on the shelf, with the version under which it lies there. */
export interface Lying {
  readonly text: string;
  readonly version: string;
}

/** One text on a server that many programs may use. What it resolves with is durable. */
export interface Shelf {
  /** Undefined where nothing was ever put. */
  take(): Promise<Lying | undefined>;
  /** Puts a text in the place of this version, `undefined` being nothing; false, with nothing put, where another was faster. */
  put(text: string, version: string | undefined): Promise<boolean>;
}

/** An address that the owner configured, and the most milliseconds it may take. */
const how = { configured: true, timeoutMs: 30_000 } as const;

/** Makes a shelf of any address that knows `If-Match`, as object stores and WebDAV servers do. */
export function createShelf(url: string, egress: Egress): Shelf {
  return {
    async take() {
      const response = await egress.fetch(url, {}, how);
      if (response.status === 404) return undefined;
      const version = response.headers.get("etag");
      if (!response.ok || version === null) throw new Error(`it answered ${response.status}${version === null ? " without an ETag" : ""}`);
      return { text: await response.text(), version };
    },
    async put(text, version) {
      const condition = version === undefined ? { "if-none-match": "*" } : { "if-match": version };
      const response = await egress.fetch(url, { method: "PUT", headers: { "content-type": "application/json", ...condition }, body: text }, how);
      if (response.status === 409 || response.status === 412) return false;
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      return true;
    },
  };
}

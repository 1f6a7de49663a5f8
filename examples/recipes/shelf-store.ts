import type { Host, OmniModule, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { createDocuments, createOutbox, createTexts, createUpkeep } from "./shelf-store/content.ts";
import { createLedger } from "./shelf-store/ledger.ts";
import { createLife } from "./shelf-store/life.ts";
import { createReads } from "./shelf-store/reads.ts";
import { createShelf } from "./shelf-store/shelf.ts";
import { createTurns } from "./shelf-store/turns.ts";

/** Where the record lies: an address that answers `GET` with an `ETag` and takes `PUT` with `If-Match`. */
interface ShelfStoreOptions {
  readonly url: string;
}

/** Makes a store that is one text on a server, read whole and written whole. Good for hundreds of turns, of as many machines as like. */
export function createShelfStore({ url }: ShelfStoreOptions, host: Pick<Host, "egress" | "clock" | "random" | "log">): Store {
  const ledger = createLedger(createShelf(url, host.egress), host.clock);
  const life = createLife(ledger, host);
  return {
    ...life,
    ...createTurns(ledger, life),
    ...createReads(ledger),
    ...createTexts(ledger),
    ...createDocuments(ledger),
    ...createOutbox(ledger, life),
    ...createUpkeep(ledger),
  };
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"store", ShelfStoreOptions> = {
  slot: "store",
  name: "shelf",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { url: { type: "string" } }, required: ["url"], additionalProperties: false },
    parse(value) {
      if (typeof value === "object" && value !== null && "url" in value && typeof value.url === "string" && URL.canParse(value.url)) return { url: value.url };
      throw new OmniError("config.invalid", "store.with.url is no address; write it as https://….");
    },
  },
  create: createShelfStore,
};

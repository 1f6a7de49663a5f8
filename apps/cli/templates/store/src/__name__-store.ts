import type { Host, OmniModule, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { createDocuments, createOutbox, createTexts, createUpkeep } from "./content.ts";
import { createLedger } from "./ledger.ts";
import { createLife } from "./life.ts";
import { createReads } from "./reads.ts";
import { createShelf } from "./shelf.ts";
import { createTurns } from "./turns.ts";

/** Where the record lies: an address that answers `GET` with an `ETag` and takes `PUT` with `If-Match`. */
interface __Name__StoreOptions {
  readonly url: string;
}

/** Makes a store that is one text on a server, read whole and written whole. Good for hundreds of turns, of as many machines as like. */
export function create__Name__Store({ url }: __Name__StoreOptions, host: Pick<Host, "egress" | "clock" | "random" | "log">): Store {
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
export const omni: OmniModule<"store", __Name__StoreOptions> = {
  slot: "store",
  name: "__name__",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { url: { type: "string" } }, required: ["url"], additionalProperties: false },
    parse(value) {
      if (typeof value === "object" && value !== null && "url" in value && typeof value.url === "string" && URL.canParse(value.url)) return { url: value.url };
      throw new OmniError("config.invalid", "store.with.url is no address; write it as https://….");
    },
  },
  create: create__Name__Store,
};

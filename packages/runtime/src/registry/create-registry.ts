import { pathToFileURL } from "node:url";
import type { OmniModule, SlotName } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ImplementationTable, Registry, UsePlace } from "./registry.ts";
import { findNearestName } from "../config/nearest-name.ts";
import { findImplementationFile, isPathUse } from "./implementation-file.ts";

/** The version of the slots' contract that this runtime calls. */
const contractVersion = 1;

/**
 * Makes a registry over a table of shipped implementations. A name of the
 * table wins over a package of the same name. Nothing is imported before it
 * is asked for.
 */
export function createRegistry(table: ImplementationTable): Registry {
  const names = (slot: SlotName): readonly string[] => Object.keys(table[slot] ?? {}).sort();
  return {
    names,
    async resolve<Slot extends SlotName>(slot: Slot, use: string, from: UsePlace): Promise<OmniModule<Slot>> {
      const shipped = table[slot];
      const load = shipped !== undefined && Object.hasOwn(shipped, use) ? shipped[use] : await findLoader(use, from);
      if (load === undefined) throw toUnknown(slot, use, from, names(slot));
      const loaded = await load().catch((error: unknown) => {
        throw toBad(use, from, `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, error);
      });
      const omni: unknown = typeof loaded === "object" && loaded !== null && "omni" in loaded ? loaded.omni : undefined;
      const fault = findFault(omni, slot);
      if (fault !== undefined) throw toBad(use, from, fault);
      if (!isModuleOf(omni, slot)) throw toBad(use, from, `is no ${slot}`);
      return omni;
    },
  };
}

async function findLoader(use: string, from: UsePlace): Promise<(() => Promise<unknown>) | undefined> {
  const file = await findImplementationFile(use, from).catch((error: unknown) => {
    throw toBad(use, from, `cannot be found: ${error instanceof Error ? error.message : String(error)}`, error);
  });
  if (file === undefined) return undefined;
  const url = pathToFileURL(file).href;
  return () => import(url);
}

function toUnknown(slot: SlotName, use: string, from: UsePlace, names: readonly string[]): OmniError {
  const where = `${from.place}.use names ${JSON.stringify(use)}`;
  if (isPathUse(use)) {
    return new OmniError("config.unknown-implementation", `${where}, but there is no such file or package folder; a relative path starts at ${from.configDir}.`);
  }
  const nearest = findNearestName(use, names);
  const advice = nearest === undefined ? "" : ` Did you mean ${JSON.stringify(nearest)}?`;
  const known = names.length === 0 ? "none is shipped" : `shipped are ${names.join(", ")}`;
  return new OmniError(
    "config.unknown-implementation",
    `${where}, but there is no such ${slot}: ${known}, and no package of that name is in ${from.home}/node_modules or ${from.cwd}/node_modules.${advice}`,
  );
}

function toBad(use: string, from: UsePlace, fault: string, cause?: unknown): OmniError {
  return new OmniError("config.bad-module", `The module ${JSON.stringify(use)} at ${from.place} ${fault}.`, { cause });
}

function findFault(omni: unknown, slot: SlotName): string | undefined {
  if (typeof omni !== "object" || omni === null) return "exports no object called omni";
  const { slot: given, name, contract, options, create } = omni as Partial<Record<keyof OmniModule, unknown>>;
  if (given !== slot) return `fills the slot ${JSON.stringify(given) ?? "(none)"}, where ${JSON.stringify(slot)} is needed`;
  if (typeof name !== "string" || name === "") return "has no name in its omni";
  if (contract !== contractVersion) return `was written for contract ${JSON.stringify(contract) ?? "(none)"}, where ${contractVersion} is needed`;
  if (typeof options !== "object" || options === null || !("jsonSchema" in options) || typeof options.jsonSchema !== "object" || options.jsonSchema === null) return "has no options.jsonSchema in its omni";
  if (!("parse" in options) || typeof options.parse !== "function") return "has no options.parse in its omni";
  return typeof create === "function" ? undefined : "has no create in its omni";
}

function isModuleOf<Slot extends SlotName>(omni: unknown, slot: Slot): omni is OmniModule<Slot> {
  return findFault(omni, slot) === undefined;
}

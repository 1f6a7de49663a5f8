import { createHash } from "node:crypto";

/** Names of one request, both ways. */
export interface NameTable {
  /** The name on the wire; the same for the same name, and different for different ones. */
  toWire(name: string): string;
  /** The full name; a wire name that is not in the table is given back as the model wrote it. */
  fromWire(wire: string): string;
}

/** OpenAI's rule for function names: at most 64 letters, digits, underscores and dashes. */
const longestWireName = 64;
const hashLength = 8;

/**
 * Makes the table of one request. Dots become `__`; names that would still
 * not fit, be too long or meet another are cut and end in a hash of the whole
 * name. Names that fit as they are keep themselves, whatever the order.
 */
export function createNameTable(toolNames: readonly string[]): NameTable {
  const wires = new Map<string, string>();
  const names = new Map<string, string>();
  const known = new Set(toolNames);
  const enter = (name: string, wire: string): string => {
    wires.set(name, wire);
    names.set(wire, name);
    return wire;
  };
  const toWire = (name: string): string => {
    const entered = wires.get(name);
    if (entered !== undefined) return entered;
    const plain = name.replaceAll(".", "__");
    const isTaken = names.has(plain);
    return enter(name, isFit(plain) && !isTaken ? plain : toHashed(name));
  };
  for (const name of toolNames) if (isFit(name)) toWire(name);
  for (const name of toolNames) toWire(name);
  return {
    toWire,
    fromWire(wire) {
      const name = names.get(wire);
      if (name !== undefined) return name;
      const dotted = wire.replaceAll("__", ".");
      return known.has(dotted) ? dotted : wire;
    },
  };
}

function isFit(name: string): boolean {
  return name.length <= longestWireName && /^[A-Za-z0-9_-]+$/.test(name);
}

function toHashed(name: string): string {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, hashLength);
  const readable = name.replaceAll(".", "__").replace(/[^A-Za-z0-9_-]/g, "_");
  return `${readable.slice(0, longestWireName - hashLength - 1)}_${hash}`;
}

import { isIP } from "node:net";

/** Blocks of IPv4 that are not the open internet, as first address and prefix length (IANA special-purpose registry), and one public address that clouds use for their own. */
const closedV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Blocks inside the global unicast space of IPv6 (2000::/3) that are not the open internet. */
const closedV6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
];

/** Prefixes of IPv6 under which the last 32 bits are an address of IPv4: mapped, and NAT64 of the well-known prefix. */
const carriersOfV4: readonly (readonly [string, number])[] = [
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
];

/**
 * True when a literal IP address is one of the open internet: global unicast,
 * after unwrapping addresses of IPv4 inside of IPv6. What is no address, or is
 * not known to be open, is not. Relays (6to4, Teredo) and NAT64 of a local
 * prefix are refused whole.
 */
export function isGlobalAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return isGlobalV4(toV4Bytes(address));
  if (version !== 6 || address.includes("%")) return false;
  const bytes = toV6Bytes(address);
  if (isInAny(bytes, carriersOfV4, toV6Bytes)) return isGlobalV4(bytes.slice(12));
  return isInBlock(bytes, toV6Bytes("2000::"), 3) && !isInAny(bytes, closedV6, toV6Bytes);
}

function isGlobalV4(bytes: readonly number[]): boolean {
  return !isInAny(bytes, closedV4, toV4Bytes);
}

function isInAny(bytes: readonly number[], blocks: readonly (readonly [string, number])[], toBytes: (address: string) => readonly number[]): boolean {
  return blocks.some(([first, length]) => isInBlock(bytes, toBytes(first), length));
}

function isInBlock(bytes: readonly number[], first: readonly number[], length: number): boolean {
  return first.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - index * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === ((bytes[index] ?? 0) & mask);
  });
}

function toV4Bytes(address: string): readonly number[] {
  return address.split(".").map(Number);
}

function toV6Bytes(address: string): readonly number[] {
  const [head = "", tail] = address.split("::");
  const before = toGroups(head);
  const after = toGroups(tail ?? "");
  const gap = tail === undefined ? [] : Array.from({ length: 16 - before.length - after.length }, () => 0);
  return [...before, ...gap, ...after];
}

function toGroups(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return toV4Bytes(group);
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 0xff];
  });
}

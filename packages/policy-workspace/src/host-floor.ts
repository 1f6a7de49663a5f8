/** A host in its one spelling, or undefined for what is no host. */
export function toHostName(host: string): string | undefined {
  if (host === "" || /[\s/\\@?#]|:\/\//.test(host)) return undefined;
  const isBareIPv6 = !host.startsWith("[") && host.split(":").length > 2;
  // The parser of URLs knows every spelling: decimal, hexadecimal, octal and short addresses, percent signs, look-alike letters.
  const url = URL.parse(`http://${isBareIPv6 ? `[${host}]` : host}/`);
  const name = url?.hostname.replace(/\.+$/, "");
  return name === "" ? undefined : name;
}

/** Names that lead to this machine or the local network, whoever answers for them. */
const privateName = /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)$/;

/** True for this machine, a private or special network, and the addresses at which clouds hand out credentials. Takes a name from `toHostName`. */
export function isPrivateHost(name: string): boolean {
  if (name.startsWith("[")) return isPrivateIPv6(toGroups(name.slice(1, -1)));
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return isPrivateIPv4(name.split(".").reduce((sum, part) => sum * 256 + Number(part), 0));
  return !name.includes(".") || privateName.test(name);
}

/** Ranges of the registry of special addresses that are not global unicast, and Azure's wire server, as first address and prefix length. */
const privateIPv4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8], ["169.254.0.0", 16], ["172.16.0.0", 12], ["192.0.0.0", 24], ["192.0.2.0", 24],
  ["192.88.99.0", 24], ["192.168.0.0", 16], ["198.18.0.0", 15], ["198.51.100.0", 24], ["203.0.113.0", 24], ["224.0.0.0", 3], ["168.63.129.16", 32],
];

function isPrivateIPv4(address: number): boolean {
  return privateIPv4.some(([first, length]) => {
    const size = 2 ** (32 - length);
    const start = first.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    return address >= start && address < start + size;
  });
}

/** The eight groups of an address as the parser writes it: lower case, one `::` at most, no dotted part. */
function toGroups(address: string): readonly number[] {
  const [head = "", tail] = address.split("::");
  const toNumbers = (part: string): readonly number[] => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  if (tail === undefined) return toNumbers(head);
  const zeros = 8 - toNumbers(head).length - toNumbers(tail).length;
  return [...toNumbers(head), ...Array.from({ length: zeros }, () => 0), ...toNumbers(tail)];
}

/** Global unicast is 2000::/3 without tunnels, documentation and the special block; what wraps an IPv4 address is judged by that. */
function isPrivateIPv6(groups: readonly number[]): boolean {
  const [first = 0, second = 0, ...rest] = groups;
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = first === 0 && second === 0 && rest.slice(0, 3).every((group) => group === 0) && rest[3] === 0xffff;
  const isTranslated = first === 0x64 && second === 0xff9b && rest.slice(0, 4).every((group) => group === 0);
  if (isMapped || isTranslated) return isPrivateIPv4(high * 65_536 + low);
  const isGlobal = first >= 0x2000 && first <= 0x3fff;
  const isSpecial = (first === 0x2001 && (second < 0x200 || second === 0xdb8)) || first === 0x2002 || (first === 0x3fff && second < 0x1000);
  return !isGlobal || isSpecial;
}

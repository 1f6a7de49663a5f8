import { noBackup } from "./manifest.ts";

/** Everything in a tar archive is padded to this, bytes. */
export const blockBytes = 512;

/** A file in an archive. */
export interface TarEntry {
  readonly path: string;
  readonly bytes: number;
  readonly executable?: boolean;
}

/** What a header says: a file, more about the next file (its bytes follow), or the end. */
export type TarHeader = ({ readonly kind: "file" } & TarEntry) | { readonly kind: "more"; readonly bytes: number } | { readonly kind: "end" };

/** Longest name, and largest size, that fit into a plain header. */
const nameBytes = 100;
const mostPlainBytes = 0o77777777777;

/** Bytes to the end of the block. */
export function toPadding(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

/** The header of a file that only its owner may read, as POSIX has it (ustar); what does not fit into it stands in one of its own before (pax). */
export function toTarHeader({ path, bytes, executable = false }: TarEntry, atMs: number): Buffer {
  const at = Math.max(0, Math.trunc(atMs / 1_000));
  const isLong = Buffer.byteLength(path) > nameBytes;
  const isLarge = bytes > mostPlainBytes;
  const plain = toBlock({ path: isLong ? path.slice(0, 20).replaceAll(/[^\u0020-\u007e]/g, "_") : path, bytes: isLarge ? 0 : bytes, executable }, "0", at);
  if (!isLong && !isLarge) return plain;
  const more = Buffer.from(`${isLong ? toRecord("path", path) : ""}${isLarge ? toRecord("size", String(bytes)) : ""}`);
  return Buffer.concat([toBlock({ path: "more", bytes: more.length }, "x", at), more, Buffer.alloc(toPadding(more.length)), plain]);
}

function toBlock({ path, bytes, executable = false }: TarEntry, type: string, at: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(path, 0, nameBytes);
  block.write(`0000${executable ? 7 : 6}00\u00000000000\u00000000000\u0000`, nameBytes, "latin1");
  block.write(`${toOctal(bytes)}\0${toOctal(at)}\0`, 124, "latin1");
  block.write(" ".repeat(8), 148, "latin1");
  block.write(type, 156, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  block.write(`${toSum(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function toOctal(number: number): string {
  return number.toString(8).padStart(11, "0");
}

/** `LENGTH key=value\n`, where the length counts itself. */
function toRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** Every byte, with the field of the sum itself as blanks. */
function toSum(block: Uint8Array): number {
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
}

/** Reads a header block. Anything but a file and what says more about one is refused: links, folders, devices. Throws `usage.invalid`. */
export function fromTarHeader(block: Buffer): TarHeader {
  if (block.every((byte) => byte === 0)) return { kind: "end" };
  if (block.toString("latin1", 257, 262) !== "ustar" || fromOctal(block, 148, 8) !== toSum(block)) throw noBackup("it is no tar archive, or cut and put together");
  const type = block.toString("latin1", 156, 157);
  const bytes = fromOctal(block, 124, 12);
  if (type === "x") return { kind: "more", bytes };
  if (type !== "0" && type !== "\0") throw noBackup("it holds something that is no plain file");
  const [name, prefix] = [toText(block.subarray(0, nameBytes)), toText(block.subarray(345, 500))];
  return { kind: "file", path: prefix === "" ? name : `${prefix}/${name}`, bytes };
}

/** What stands in a header of its own about the next file. Throws `usage.invalid` for what this version does not write. */
export function fromMore(text: Buffer): Partial<TarEntry> {
  let rest = text;
  let found: Partial<TarEntry> = {};
  while (rest.length > 0) {
    const length = Number(/^([1-9]\d{0,5}) /.exec(rest.toString("latin1", 0, 8))?.[1]);
    const [, key = "", value = ""] = /^\d+ ([a-z]+)=(.*)\n$/su.exec(toStrict(rest.subarray(0, length))) ?? [];
    if (!(length <= rest.length)) throw noBackup("a header of it is broken");
    if (key === "path") found = { ...found, path: value };
    else if (key === "size" && /^\d{1,16}$/.test(value)) found = { ...found, bytes: Number(value) };
    else throw noBackup("a header of it says what no backup says");
    rest = rest.subarray(length);
  }
  return found;
}

function fromOctal(block: Buffer, start: number, length: number): number {
  const text = /^ *([0-7]+)[\0 ]*$/.exec(block.toString("latin1", start, start + length))?.[1];
  if (text === undefined) throw noBackup("a number in a header is broken");
  return Number.parseInt(text, 8);
}

function toText(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return toStrict(end === -1 ? bytes : bytes.subarray(0, end));
}

function toStrict(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw noBackup("a name in it is no text", error);
  }
}

/** The parts of a package.json that rules look at. Everything else is left out. */
export interface Manifest {
  readonly name: string;
  readonly isPrivate: boolean;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  readonly peerDependencies: readonly string[];
  /** The whole file, for rules about single fields. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The 1-based line of the first occurrence of a quoted word; 1 when there is none. */
  lineOf(word: string): number;
}

/** Reads a package.json; a broken one throws. */
export function toManifest(text: string): Manifest {
  const fields = toRecord(JSON.parse(text));
  const lines = text.split("\n");
  return {
    name: typeof fields["name"] === "string" ? fields["name"] : "",
    isPrivate: fields["private"] === true,
    dependencies: Object.keys(toRecord(fields["dependencies"])),
    devDependencies: Object.keys(toRecord(fields["devDependencies"])),
    peerDependencies: Object.keys(toRecord(fields["peerDependencies"])),
    fields,
    lineOf: (word) => Math.max(0, lines.findIndex((line) => line.includes(`"${word}"`))) + 1,
  };
}

/** An object as it is; anything else is an empty one. */
export function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

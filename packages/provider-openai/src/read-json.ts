/** A JSON object of somebody else, nothing of which is known. */
export type Loose = Readonly<Record<string, unknown>>;

/** True for what JSON calls an object. */
export function isLoose(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text, or an empty one where the value is none. */
export function toText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The value of JSON text, or undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

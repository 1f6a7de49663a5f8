/** A media type, or a range of them, as a header has it. */
export interface MediaType {
  /** `type/subtype`, in small letters. */
  readonly name: string;
  /** In the order they stand in, names in small letters, values without quotes. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** The media type of a header that has one. What is malformed is kept as it is, and equals nothing that is looked for. */
export function toMediaType(text: string): MediaType {
  const [name = "", ...parameters] = text.match(/(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  return { name: name.trim().toLowerCase(), parameters: parameters.filter((each) => each.trim() !== "").map(toParameter) };
}

/** The media types of a header that lists them. */
export function toMediaTypes(text: string): readonly MediaType[] {
  return (text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []).map(toMediaType);
}

function toParameter(text: string): readonly [name: string, value: string] {
  const [name = "", ...rest] = text.split("=");
  const value = rest.join("=").trim();
  return [name.trim().toLowerCase(), /^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value];
}

import { OmniError } from "@omni/core";

/** The query of a request. */
export function toQuery(request: Request): URLSearchParams {
  return new URL(request.url).searchParams;
}

/** A yes or no of the query; undefined when it is absent. Throws `request.invalid` naming it. */
export function toFlagParameter(query: URLSearchParams, name: string): boolean | undefined {
  const given = query.getAll(name);
  const [value] = given;
  if (value === undefined) return undefined;
  if (given.length === 1 && (value === "true" || value === "false")) return value === "true";
  throw new OmniError("request.invalid", `${JSON.stringify(name)} must be true or false, and there once.`);
}

/** A whole number of the query; undefined when it is absent or empty. Throws `request.invalid` naming it. */
export function toWholeParameter(query: URLSearchParams, name: string, { least, most }: { readonly least: number; readonly most: number }): number | undefined {
  const given = query.get(name);
  if (given === null || given === "") return undefined;
  const value = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new OmniError("request.invalid", `${JSON.stringify(name)} must be a whole number from ${least} to ${most}.`);
}

import { OmniError } from "@omni/core";

/** The query of a request. */
export function toQuery(request: Request): URLSearchParams {
  return new URL(request.url).searchParams;
}

/** A whole number of the query; undefined when it is absent or empty. Throws `request.invalid` naming it. */
export function toWholeParameter(query: URLSearchParams, name: string, { least, most }: { readonly least: number; readonly most: number }): number | undefined {
  const given = query.get(name);
  if (given === null || given === "") return undefined;
  const value = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new OmniError("request.invalid", `${JSON.stringify(name)} must be a whole number from ${least} to ${most}.`);
}

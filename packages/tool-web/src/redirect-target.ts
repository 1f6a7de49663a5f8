/** Where an answer redirects to; undefined where it does not, or not to an address of the web. `from` is the address it came from. */
export function toRedirectTarget({ status, headers }: Response, from: string): string | undefined {
  const location = headers.get("location");
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const url = URL.parse(location, from);
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.href : undefined;
}

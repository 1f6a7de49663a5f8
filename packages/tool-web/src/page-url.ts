/** The address a call means; undefined where it means none. What has no scheme but looks like a host is taken as https. Never throws. */
export function toPageUrl(text: string): URL | undefined {
  const written = text.trim();
  const isBare = !/^[a-z][a-z\d+.-]*:\/\//i.test(written) && /^[\p{L}\d-]+(?:\.[\p{L}\d-]+)+(?::\d+)?(?:[/?#]|$)/u.test(written);
  const url = URL.parse(isBare ? `https://${written}` : written);
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

import { spawn, spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileURLToPath } from "node:url";
import type { Place } from "./omni-process.ts";
import { createPlace, fixture } from "./omni-process.ts";

/** An address of the open world, which the program may fetch from; in a network of its own it is this machine's. */
const host = "45.55.65.75";
const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const canUnshare = spawnSync("unshare", ["-rn", "ip", "link", "set", "lo", "up"]).status === 0;

interface Fetched {
  readonly code: number;
  readonly isError: boolean;
  readonly text: string;
  /** Milliseconds since the page before it. */
  readonly took: number;
}

const paths = ["/endless", "/endless-line", "/endless-binary", "/bomb", "/binary", "/latin-as-utf8", "/utf8-as-latin", "/utf16-unsaid", "/no-such-charset", "/not-gzip", "/drip"];

let place: Place;
const fetched = new Map<string, Fetched>();

/** Fetches every page with the program, one after the other, in one network without the world. */
async function fetchAll(): Promise<void> {
  const child = spawn("unshare", ["-rn", process.execPath, fixture("odd-pages.mjs"), host, main, ...paths], { cwd: place.workspace, env: { ...place.env, OMNI_TOOLS_WEB_WITH_TIMEOUTMS: "3000" }, stdio: ["ignore", "pipe", "inherit"] });
  let rest = "";
  let before = performance.now();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { path, code, stdout } = JSON.parse(line) as { path: string; code: number; stdout: string };
      const { isError, content } = JSON.parse(stdout) as { isError: boolean; content: readonly { readonly text: string }[] };
      fetched.set(path, { code, isError, text: content.map((block) => block.text).join("\n"), took: performance.now() - before });
      before = performance.now();
    }
  });
  await new Promise((resolve) => child.once("close", resolve));
}

describe.runIf(canUnshare)("web.fetch of a page", () => {
  beforeAll(async () => {
    place = await createPlace({}, { OMNI_POLICY_WITH_AUTONOMY: "full" });
    await fetchAll();
  }, 180_000);
  afterAll(() => place.dispose());

  it.each<[string, string, boolean, RegExp]>([
    ["that never ends gives its head", "/endless", false, /again and again[^]*\[only the first [\d.]+ MB were read/],
    ["that is one line without end gives its head", "/endless-line", false, /xxxx[^]*\[/],
    ["that is a program without end says what it is", "/endless-binary", true, /is (?:a program|binary data).*web\.fetch shows text and pictures only/],
    ["of 200 MB in a small archive gives its head, or says that it is too large", "/bomb", false, /\[/],
    ["that is binary and says it is text says what it is", "/binary", true, /is binary data/],
    ["in Latin-1 that says UTF-8 is read right", "/latin-as-utf8", false, /café crème brûlée/],
    ["in UTF-8 that says Latin-1 is read right", "/utf8-as-latin", false, /café crème brûlée 日本語/],
    ["in UTF-16 that does not say so is read right", "/utf16-unsaid", false, /café crème brûlée/],
    ["in an encoding nobody knows is read as what it is", "/no-such-charset", false, /café crème brûlée/],
    ["that says it is packed and is not fails in words", "/not-gzip", true, /not-gzip answered with a body that cannot be read: \S/],
    ["that comes a word at a time for ever gives what came in its time", "/drip", false, /drip drip[^]*the time was up/],
  ])("%s", (_name, path, isError, words) => {
    const page = fetched.get(path);
    expect(page?.text).toMatch(words);
    expect(page?.isError).toBe(isError);
    expect(page?.text.length).toBeLessThan(250_000);
    expect(page?.took).toBeLessThan(path === "/drip" ? 30_000 : 20_000);
  });
});

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const docs = new URL("../docs/", import.meta.url);
const areas = ["Loop", "Sessions", "Memory", "Tools and MCP", "Providers", "Channels", "Gateway", "Security", "Reliability", "Configuration", "Extension", "Operations", "People and the terminal"];

interface Row {
  readonly area: string;
  readonly text: string;
  readonly cells: readonly string[];
}

/** The rows of every table of the page, each under the heading it stands below. */
function rowsOf(page: string): readonly Row[] {
  let area = "";
  return page.split("\n").flatMap((text) => {
    area = /^## (.+)$/.exec(text)?.[1] ?? area;
    const isRow = text.startsWith("| ") && !/^\| (peer|---) /.test(text);
    return isRow ? [{ area, text, cells: text.slice(2, -2).split(" | ") }] : [];
  });
}

/** Whether a source has a test or a case of a kit under exactly this title, which is not skipped. */
function hasTitle(source: string, title: string): boolean {
  const escaped = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const call = new RegExp(String.raw`(?:\.(skip|todo|fails|skipIf)\b[^\n]*)?(?:\(|\([^\n]*, |title: )["\`]${escaped}["\`]`, "g");
  return [...source.matchAll(call)].some(([, skipped]) => skipped === undefined);
}

/** What is wrong with the page, a line each. */
function faultsOf(page: string, read: (path: string) => string | undefined): readonly string[] {
  return rowsOf(page).flatMap(({ text, cells }) => {
    const [peer = "", , kind = "", , proof = ""] = cells;
    const links = [...proof.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, title = "", path = ""]) => ({ title, path }));
    const faults = links.flatMap(({ title, path }) => {
      if (!/^\.\.\/.+\.test\.ts$|^\.\.\/packages\/testkit\/src\/.+\.ts$/.test(path)) return [`${path} is neither a test nor a kit`];
      const source = read(path);
      if (source === undefined) return [`${path} does not exist`];
      return hasTitle(source, title) ? [] : [`${path} has no test ${JSON.stringify(title)}`];
    });
    if (cells.length !== 5) faults.push(`has ${cells.length} cells, not 5: ${text}`);
    if (!["Nanobot", "OpenClaw", "ZeroClaw"].includes(peer)) faults.push(`is of no peer: ${text}`);
    if (!["strength", "mistake"].includes(kind)) faults.push(`is neither strength nor mistake: ${text}`);
    if (links.length === 0) faults.push(`is shown by nothing: ${text}`);
    return faults;
  });
}

function readFile(path: string): string | undefined {
  const file = fileURLToPath(new URL(path, docs));
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

describe("docs/reference-review.md", () => {
  const page = readFile("reference-review.md") ?? "";

  it("shows every row by tests that are there under exactly these titles", () => {
    expect(faultsOf(page, readFile)).toEqual([]);
  });

  it("has every area in order, with rows in each, and ends with what is not built", () => {
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([...areas, "Not yet"]);
    expect([...new Set(rowsOf(page).map((row) => row.area))]).toEqual(areas);
  });
});

describe("the look at the page", () => {
  const row = (kind: string, proof: string): string => `## Loop\n| peer | there | | here | shown by |\n| --- | --- | --- | --- | --- |\n| Nanobot | does | ${kind} | does too | ${proof} |\n`;
  const look = (page: string, source?: string): string => faultsOf(page, () => source).join("\n");
  const proof = "[ends (once)](../packages/a/test/a.test.ts)";

  it.each(['it("ends (once)", () => undefined);', "it.each([1])(`ends (once)`, run);", '{ id: "S1", title: "ends (once)" }', 'channelCase("H1", "ends (once)", run)'])("finds a title in %s", (source) => {
    expect(look(row("strength", proof), source)).toBe("");
  });

  it.each(['it("ends (once) more", run)', 'it("ends (onc", run)', 'it.skip("ends (once)", run)', 'it.skipIf(true)("ends (once)", run)', "// ends (once)", '// "ends (once)"'])("finds none in %s", (source) => {
    expect(look(row("strength", proof), source)).toContain('has no test "ends (once)"');
  });

  it("names a file that is not there, one that is no test, and a row that nothing shows or that has no kind", () => {
    expect(look(row("mistake", proof))).toContain("does not exist");
    expect(look(row("mistake", "[ends (once)](../packages/a/src/a.ts)"), 'it("ends (once)")')).toContain("is neither a test nor a kit");
    expect(look(row("mistake", "a promise"))).toContain("is shown by nothing");
    expect(look(row("good", proof), 'it("ends (once)")')).toContain("neither strength nor mistake");
  });
});

import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

// `pnpm publint`: packs every package that is published, as it would be
// published, and lets publint and attw look at what is in the archive. Wants
// `pnpm build` first. Prints one line a package; exit 1 when one has a problem.

/** A package as npm would get it. */
interface Packed {
  readonly archive: string;
  readonly files: readonly string[];
  readonly manifest: Readonly<Record<string, unknown>>;
}

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");

/** The pnpm that runs this script, else the one on PATH. */
const pnpm = process.env["npm_execpath"]?.includes("pnpm") ? [process.execPath, process.env["npm_execpath"]] : ["pnpm"];

process.exitCode = (await checkAll()) ? 0 : 1;

async function checkAll(): Promise<boolean> {
  const folders = globSync("{packages,apps}/*/package.json", { cwd: root }).map(dirname).toSorted().filter(isPublished);
  const scratch = mkdtempSync(join(tmpdir(), "omni-publint-"));
  const waiting = [...folders];
  let isClean = true;
  const work = async (): Promise<void> => {
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
      const problems = await problemsOf(folder, scratch);
      if (problems.length > 0) isClean = false;
      console.log([`${folder}: ${problems.length === 0 ? "fit to publish" : `${problems.length} problems`}`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
    }
  };
  try {
    // Two at a time: each waits for processes of its own.
    await Promise.all([work(), work()]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return isClean;
}

async function problemsOf(folder: string, scratch: string): Promise<string[]> {
  try {
    const packed = await pack(folder, scratch);
    return [...contentProblems(packed), ...(await publintProblems(packed)), ...(await typeProblems(packed))];
  } catch (error) {
    return [`cannot be packed: ${error instanceof Error ? error.message : String(error)}`];
  }
}

async function pack(folder: string, scratch: string): Promise<Packed> {
  const [command = "pnpm", ...start] = pnpm;
  const packed = await run(command, [...start, "-C", join(root, folder), "pack", "--json", "--pack-destination", scratch]);
  // Scripts of the package may print before the answer.
  const answer: { readonly filename: string } = JSON.parse(packed.stdout.slice(packed.stdout.indexOf("{")));
  const archive = join(scratch, basename(answer.filename));
  const listed = await run("tar", ["-tzf", archive]);
  const files = listed.stdout.trim().split("\n").map((path) => path.replace(/^package\//, ""));
  const manifest = await run("tar", ["-xzOf", archive, "package/package.json"]);
  return { archive, files, manifest: JSON.parse(manifest.stdout) };
}

function contentProblems({ files, manifest }: Packed): string[] {
  const problems: string[] = [];
  for (const needed of ["LICENSE", "README.md"]) if (!files.includes(needed)) problems.push(`has no ${needed}`);
  if (!files.some((path) => path.startsWith("dist/"))) problems.push("has nothing in dist; run pnpm build first");
  for (const path of files) if (/^(src|test)\//.test(path)) problems.push(`ships ${path}`);
  const text = JSON.stringify(manifest);
  for (const local of ['"workspace:', '"catalog:', '"link:', "@omni/source"]) if (text.includes(local)) problems.push(`package.json says ${local.replace('"', "")}, which means nothing outside this repository`);
  return problems;
}

async function publintProblems({ archive }: Packed): Promise<string[]> {
  const bytes = readFileSync(archive);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  const said = messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
  // A template is the manifest of a package that is yet to be made, and no part of the one that carries it.
  return said.filter((message) => !message.includes("./templates/"));
}

/** A program has nothing to import, so no types to be wrong. */
async function typeProblems({ archive, manifest }: Packed): Promise<string[]> {
  const exported = Object.keys(manifest["exports"] ?? {}).filter((path) => path !== "./package.json");
  if (exported.length === 0) return [];
  const options = ["--profile", "esm-only", "--exclude-entrypoints", "./package.json", "--format", "ascii", "--no-emoji", "--no-color"];
  try {
    await run(process.execPath, [attw, archive, ...options]);
    return [];
  } catch (error) {
    const said = typeof error === "object" && error !== null && "stdout" in error ? String(error.stdout) : String(error);
    return [`attw: ${said.trim().replaceAll("\n", "\n    ")}`];
  }
}

function isPublished(folder: string): boolean {
  const manifest: { readonly private?: boolean } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  return manifest.private !== true;
}

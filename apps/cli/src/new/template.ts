import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JsonValue, SlotName } from "@omni/core";
import { OmniError } from "@omni/core";

/** What a template says of itself. */
export interface TemplateAbout {
  /** Name of the contract's page. */
  readonly contract: string;
  /** The one file the author writes, from the package's folder. */
  readonly yours: string;
  /** What he writes there, in words. */
  readonly write: string;
  /** What goes into `omni.json`. */
  readonly use: JsonValue;
}

/** The files of a slot's template, placeholders and all. */
export interface Template {
  readonly about: TemplateAbout;
  /** Text by path in the package. */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads the template of a slot, which is shipped beside the program. */
export async function readTemplate(slot: SlotName): Promise<Template> {
  const templates = await findTemplates();
  const files = new Map([...(await readFiles(join(templates, "common"))), ...(await readFiles(join(templates, slot)))]);
  const about: unknown = JSON.parse(files.get("about.json") ?? "null");
  if (!isAbout(about)) throw new OmniError("internal", `The template in ${join(templates, slot)} says nothing of itself; install the program again.`);
  files.delete("about.json");
  return { about, files };
}

/** The folder of templates: beside the built program's, and beside its sources. */
async function findTemplates(): Promise<string> {
  for (const up of ["..", "../.."]) {
    const folder = join(import.meta.dirname, up, "templates");
    if ((await stat(folder).catch(() => undefined))?.isDirectory() === true) return folder;
  }
  throw new OmniError("internal", `The templates are missing beside ${import.meta.dirname}; install the program again.`);
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  // Slashes also where the system writes others: the paths are names in a package.
  return new Map(await Promise.all(paths.toSorted().map(async (path): Promise<[string, string]> => [path.slice(folder.length + 1).replaceAll("\\", "/"), await readFile(path, "utf8")])));
}

function isAbout(value: unknown): value is TemplateAbout {
  return typeof value === "object" && value !== null && "contract" in value && "yours" in value && "write" in value && "use" in value && typeof value.yours === "string";
}

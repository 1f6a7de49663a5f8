import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonValue, SlotName } from "@omni/core";

// `node --conditions=@omni/source apps/cli/test/make-templates.ts` makes `apps/cli/templates` from the recipes. A test holds the two equal.

const root = fileURLToPath(new URL("../../../", import.meta.url));
const recipes = join(root, "examples/recipes");

/** Where the templates of `omni new` lie; `common` in it is written by hand. */
export const templates: string = join(root, "apps/cli/templates");

/** A recipe, and which part of it is the author's. */
interface Recipe {
  readonly name: string;
  /** The file in the recipe's folder, without its ending; the recipe's own file where absent. */
  readonly part?: string;
  /** What the author writes there. */
  readonly write: string;
}

const table: Readonly<Record<SlotName, Recipe>> = {
  provider: { name: "letter", part: "endpoint", write: "what is posted to your endpoint, and the text of its answer" },
  channel: { name: "room", part: "platform", write: "what your platform can do, how it lists messages and takes one" },
  memory: { name: "file", part: "similarity", write: "how near a text is to a question" },
  window: { name: "eight", write: "which turns of a session the model sees" },
  tool: { name: "journal", part: "tools", write: "your tools, as the model is shown them" },
  policy: { name: "talk", write: "what is allowed, asked and denied" },
  store: { name: "shelf", part: "shelf", write: "where one text lies, and how it is replaced under its version" },
  embedder: { name: "compass", part: "endpoint", write: "which vectors these are, what is posted to your endpoint, and the vectors of its answer" },
  sandbox: { name: "cell", part: "arguments", write: "the arguments that contain, what they cannot contain, and what holds" },
  hook: { name: "redact", write: "what is watched, changed or refused" },
};

/** Every file of every template by its path in the folder of templates, `common` left out. */
export function makeTemplates(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [slot, recipe] of Object.entries(table)) for (const [path, text] of makeTemplate(slot, recipe)) files.set(`${slot}/${path}`, text);
  return files;
}

function makeTemplate(slot: string, recipe: Recipe): ReadonlyMap<string, string> {
  const main = `${recipe.name}-${slot}`;
  const read = (path: string): string => readFileSync(join(recipes, path), "utf8");
  const yours = recipe.part === undefined ? `${main}.ts` : `${main}/${recipe.part}.ts`;
  const header = `// Yours to write, at most 40 lines of code: ${recipe.write}.\n// What stands here works and passes the kit; put your own in its place.\n\n`;
  const parts = existsSync(join(recipes, main)) ? readdirSync(join(recipes, main)).map((part) => `${main}/${part}`) : [];
  const files = new Map<string, string>();
  for (const path of [`${main}.ts`, ...parts]) files.set(`src/${toPlace(path, main)}`, (path === yours ? header : "") + toText(read(path), slot, recipe.name));
  const factory = `create__Name__${toCapital(slot)}`;
  files.set("src/index.ts", `export { ${factory}, omni } from "./__name__-${slot}.ts";\n`);
  files.set("test/conformance.test.ts", toText(read(`${main}.test.ts`), slot, recipe.name).replace(`"./__name__-${slot}.ts"`, '"../src/index.ts"'));
  files.set("about.json", `${JSON.stringify({ contract: slot === "window" ? "session-window" : slot, yours: `src/${toPlace(yours, main)}`, write: recipe.write, use: toUse(slot, recipe.name) }, null, 2)}\n`);
  return files;
}

/** A recipe's part lies beside its own file: a package is a folder already. */
function toPlace(path: string, main: string): string {
  return path.replace(`${main}/`, "").replace(main, `__name__-${main.replace(/^.*-/, "")}`);
}

/** The recipe's name taken out, wherever it stands for the implementation. */
function toText(text: string, slot: string, name: string): string {
  return text
    .replaceAll(`${toCapital(name)}${toCapital(slot)}`, `__Name__${toCapital(slot)}`)
    .replaceAll(`./${name}-${slot}/`, "./")
    .replaceAll(`${name}-${slot}`, `__name__-${slot}`)
    .replaceAll(new RegExp(`(?<=(?:name: |owner: |id: |model: |describe\\w+\\(\\s*)")${name}\\b`, "g"), "__name__")
    .replaceAll(`"${name}.`, '"__name__.');
}

/** The lines of `omni.json`, as the recipe's page has them, with the package in the place of the recipe. */
function toUse(slot: string, name: string): JsonValue {
  const page = readFileSync(join(root, `docs/recipes/write-a-${slot}.md`), "utf8");
  const use = /^```json\n([^]*?)^```$/m.exec(page)?.[1] ?? "";
  if (!use.includes(`./${name}-${slot}.ts`)) throw new Error(`the page of ${slot} shows no use of ./${name}-${slot}.ts`);
  const owner = slot === "tool" || slot === "channel" ? use.replace(/(?<=^\{ "\w+": \{ ")\w+/, "__name__") : use;
  return JSON.parse(owner.replace(`./${name}-${slot}.ts`, "__folder__")) as JsonValue;
}

function toCapital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

if (import.meta.main) {
  for (const slot of Object.keys(table)) await rm(join(templates, slot), { recursive: true, force: true });
  for (const [path, text] of makeTemplates()) {
    await mkdir(dirname(join(templates, path)), { recursive: true });
    await writeFile(join(templates, path), text);
  }
}

import { importsOf } from "../imports.ts";
import type { Finding, Rule } from "../violation.ts";
import type { CodeFile, Workspace } from "../workspace.ts";
import { filesOf } from "../workspace.ts";

/** Vendors and products, whether or not a package for them is here yet. */
const vendors: readonly string[] = [
  "telegram", "grammy", "discord", "slack", "bolt", "whatsapp", "openai", "anthropic", "claude", "gemini", "mistral", "ollama",
  "sqlite", "postgres", "redis", "bubblewrap", "bwrap", "hono", "playwright", "chromium",
];

/** Names of implementations that are ordinary words, which a sentence may need. */
const ordinary: readonly string[] = [
  "all", "files", "local", "map", "mcp", "memory", "none", "offline", "readonly", "ring", "shell", "skills", "static", "terminal", "web", "webhook", "workspace",
];

/** Core, agent and runtime name no implementation, in code or in words, and load none. */
export const implementationNames: Rule = {
  name: "implementation-names",
  *check(workspace) {
    const names = namesOf(workspace);
    for (const { member, file } of filesOf(workspace, "src")) {
      if (!["core", "agent", "runtime"].includes(member.kind)) continue;
      yield* namesIn(file, names);
      for (const { specifier, line, isDynamic } of importsOf(file)) {
        if (isDynamic && specifier.startsWith("@omni/")) yield { path: file.path, line, message: `loads ${specifier} by name; only the preset's table does` };
      }
    }
  },
};

/** The distinctive names: those of the folders that are no ordinary words, and the vendors. */
export function namesOf(workspace: Workspace): string[] {
  const own = workspace.members.flatMap((member) => (member.slot === undefined ? [] : [member.slot.name]));
  return [...new Set([...vendors, ...own.filter((name) => !ordinary.includes(name))])];
}

function* namesIn(file: CodeFile, names: readonly string[]): Generator<Finding> {
  for (const [index, text] of file.source.text.split("\n").entries()) {
    for (const name of names) {
      if (!isNamed(text, name)) continue;
      yield { path: file.path, line: index + 1, message: `says "${name}"; name the contract, not an implementation of it` };
    }
  }
}

/** A long name anywhere; a short one, which may be part of a longer word, as a word of a sentence or of an identifier. */
function isNamed(text: string, name: string): boolean {
  if (name.length > 5) return text.toLowerCase().includes(name);
  const words = text.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z0-9]+/);
  return words.includes(name);
}

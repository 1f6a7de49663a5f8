import type { CommandSpec, FlagSpec } from "./command-spec.ts";
import { everywhere } from "./parse-arguments.ts";

/** Help on one command, made from its declaration. */
export function toCommandHelp(spec: CommandSpec): string {
  const flags = Object.entries({ ...spec.flags, ...everywhere }).map(([name, flag]) => [toFlagName(name, flag), toFlagText(flag)] as const);
  const parts = [
    `omni ${spec.name}${spec.operands === "" ? "" : ` ${spec.operands}`} [flags]`,
    `  ${spec.about}.`,
    ...(spec.details ?? []).map((line) => `  ${line}`),
    "",
    "flags",
    ...toColumns(flags),
    "",
    "examples",
    ...spec.examples.flatMap(([line, does]) => [`  ${line}`, `      ${does}`]),
  ];
  return `${parts.join("\n")}\n`;
}

/** Help on all commands, or on those that begin with one word. */
export function toOverview(specs: readonly CommandSpec[], version: string, group?: string): string {
  const shown = specs.filter((spec) => group === undefined || spec.name.startsWith(`${group} `));
  const lines = [
    group === undefined ? `omni ${version}: a personal assistant with one loop behind every entrance.` : `omni ${group}: its commands.`,
    "",
    ...toColumns(shown.map((spec) => [`omni ${spec.name}${spec.operands === "" ? "" : ` ${spec.operands}`}`, spec.about] as const)),
    "",
    "Every command takes --home DIR, --json and --help; omni COMMAND --help shows its flags with examples.",
    "Exit codes: 0 completed or limited, 1 failed, 2 usage or configuration, 3 refused by policy, 4 home held by another gateway, 130 cancelled.",
  ];
  return `${lines.join("\n")}\n`;
}

function toFlagName(name: string, flag: FlagSpec): string {
  const short = flag.short === undefined || name === "help" ? "" : `-${flag.short}, `;
  return flag.type === "switch" ? `${short}--${name}` : `${short}--${name} ${flag.value ?? "TEXT"}`;
}

function toFlagText(flag: FlagSpec): string {
  return flag.choices === undefined ? flag.about : `${flag.about}: ${flag.choices.join(", ")}`;
}

/** Two columns; where the left one is long its text goes on the next line. */
function toColumns(rows: readonly (readonly [left: string, right: string])[]): readonly string[] {
  const width = Math.min(32, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) => (left.length > width ? `  ${left}\n  ${" ".repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`));
}

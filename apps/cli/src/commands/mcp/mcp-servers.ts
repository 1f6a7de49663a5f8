import { OmniError } from "@omni/core";
import type { CommandBody, CommandCall } from "../../command-spec.ts";

/** What `omni mcp servers` can do with a word behind it. */
interface Action {
  /** What stands behind the word. */
  readonly operands: string;
  readonly count: readonly [least: number, most: number];
  /** The flags that are for it. */
  readonly flags: readonly string[];
  load(): Promise<CommandBody>;
}

const actions: Readonly<Record<string, Action>> = {
  list: { operands: "", count: [0, 0], flags: [], load: async () => (await import("./list-servers.ts")).listServers },
  add: {
    operands: "NAME -- COMMAND [ARGUMENTS] | NAME --url URL",
    count: [1, Number.MAX_SAFE_INTEGER],
    flags: ["url", "type", "header", "env", "cwd", "timeout-ms", "disabled", "trusted", "force"],
    load: async () => (await import("./add-server.ts")).addServer,
  },
  test: { operands: "[NAME]", count: [0, 1], flags: ["timeout", "quiet"], load: async () => (await import("./test-servers.ts")).testServers },
  remove: { operands: "NAME", count: [1, 1], flags: [], load: async () => (await import("./remove-server.ts")).removeServer },
  trust: { operands: "[DIR]", count: [0, 1], flags: [], load: async () => (await import("./trust-workspace.ts")).trustWorkspace },
  untrust: { operands: "[DIR]", count: [0, 1], flags: [], load: async () => (await import("./trust-workspace.ts")).untrustWorkspace },
};

/** `omni mcp servers`: the word behind it says what is done. */
export const mcpServers: CommandBody = async (call, context) => {
  const [word = "", ...operands] = call.operands;
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (action === undefined) throw await unknownAction(word);
  const [least, most] = action.count;
  if (operands.length < least) throw usage(`Something is missing after omni mcp servers ${word}: ${action.operands}`);
  const extra = operands[most];
  if (extra !== undefined) throw usage(`${JSON.stringify(extra.slice(0, 80))} is one argument too many after omni mcp servers ${word}`);
  const foreign = Object.keys(call.spec.flags).find((flag) => !action.flags.includes(flag) && isGiven(call, flag));
  if (foreign !== undefined) throw usage(`--${foreign} is no flag of omni mcp servers ${word}`);
  const body = await action.load();
  return body({ ...call, operands }, context);
};

function isGiven(call: CommandCall, flag: string): boolean {
  return call.has(flag) || call.text(flag) !== undefined || call.number(flag) !== undefined;
}

async function unknownAction(word: string): Promise<OmniError> {
  const names = Object.keys(actions);
  const { findNearestName } = await import("@omni/runtime");
  const nearest = findNearestName(word, names);
  return usage(`There is no command omni mcp servers ${JSON.stringify(word.slice(0, 80))}; ${nearest === undefined ? `there are ${names.join(", ")}` : `did you mean omni mcp servers ${nearest}?`}`);
}

function usage(problem: string): OmniError {
  return new OmniError("usage.invalid", `${problem} (omni mcp servers --help).`);
}

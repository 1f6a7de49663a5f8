import type { MemberKind } from "../member-kind.ts";
import type { Finding, Rule } from "../violation.ts";
import type { Member, Workspace } from "../workspace.ts";

/** What each kind may need at run time. Every arrow points down; nobody names an implementation but the preset. */
const below: Readonly<Record<MemberKind, readonly MemberKind[]>> = {
  core: [],
  agent: ["core"],
  slot: ["core"],
  testkit: ["core"],
  beside: ["core"],
  runtime: ["core", "agent"],
  preset: ["core", "runtime", "slot"],
  app: ["core", "agent", "runtime", "preset", "beside"],
  private: ["core", "agent", "slot", "testkit", "beside", "runtime", "preset", "app"],
};

/** What it may need besides, in its tests. */
const inTests: Readonly<Record<MemberKind, readonly MemberKind[]>> = {
  ...below,
  core: ["testkit"],
  agent: ["core", "testkit"],
  slot: ["core", "testkit"],
  beside: ["core", "testkit", "app"],
  runtime: ["core", "agent", "testkit", "slot"],
  preset: ["core", "runtime", "slot", "testkit"],
  // Black-box tests put a real part inside one that fails where it is told to.
  app: ["core", "agent", "testkit", "beside", "runtime", "preset", "slot"],
};

/** What the command line may need besides: the gateway that it serves, and the chat, since the terminal is its own and nobody else has one. */
const besideTheCommandLine: ReadonlySet<string> = new Set(["apps/gateway", "packages/channel-terminal"]);

/** Undefined when `from` may need `to` at run time, else why not. */
export function whyNot(from: Member, to: Member, isForTests = false): string | undefined {
  if ((isForTests ? inTests : below)[from.kind].includes(to.kind)) return undefined;
  if (from.folder === "apps/cli" && besideTheCommandLine.has(to.folder)) return undefined;
  return `${from.folder} may need ${kindsOf(from.kind, isForTests)} of this repository`;
}

/** `dependencies`, `peerDependencies` and `devDependencies` point down; core needs nothing at all. */
export const manifestArrows: Rule = {
  name: "manifest-arrows",
  *check(workspace) {
    for (const member of workspace.members) {
      yield* findingsOf(workspace, member, [...member.manifest.dependencies, ...member.manifest.peerDependencies], false);
      yield* findingsOf(workspace, member, member.manifest.devDependencies, true);
    }
  },
};

function* findingsOf(workspace: Workspace, member: Member, names: readonly string[], isForTests: boolean): Generator<Finding> {
  const path = `${member.folder}/package.json`;
  for (const name of names) {
    const line = member.manifest.lineOf(name);
    const target = workspace.members.find((candidate) => candidate.manifest.name === name);
    if (target === undefined) {
      if (name.startsWith("@omni/")) yield { path, line, message: `${name} is no package of this repository; correct the name` };
      else if (member.kind === "core" && !isForTests) yield { path, line, message: `core depends on nothing; take ${name} out` };
      continue;
    }
    const reason = whyNot(member, target, isForTests);
    if (reason !== undefined) yield { path, line, message: `${name} is an arrow that does not point down: ${reason}; take it out` };
  }
}

function kindsOf(kind: MemberKind, isForTests: boolean): string {
  const kinds = (isForTests ? inTests : below)[kind];
  return kinds.length === 0 ? "nothing" : `only ${kinds.join(", ")}`;
}

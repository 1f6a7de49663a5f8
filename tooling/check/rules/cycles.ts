import { importsOf, toTarget } from "../imports.ts";
import type { Rule } from "../violation.ts";
import type { Member } from "../workspace.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

/** No file waits, over others, for itself. What the compiler erases and what loads later does not count. */
export const fileCycles: Rule = {
  name: "file-cycles",
  *check(workspace) {
    for (const member of workspace.members) {
      for (const cycle of cyclesOf(fileGraph(member))) {
        yield { path: cycle[0] ?? member.folder, line: 1, message: `imports itself: ${[...cycle, cycle[0]].join(" -> ")}; move what both need into a third file` };
      }
    }
  },
};

/** No package needs itself. Packages that only tests need do not count. */
export const packageCycles: Rule = {
  name: "package-cycles",
  *check(workspace) {
    const folders = new Map(workspace.members.map((member) => [member.manifest.name, member.folder]));
    const graph = new Map(
      workspace.members.map(({ manifest }) => [manifest.name, [...manifest.dependencies, ...manifest.peerDependencies].filter((name) => folders.has(name))]),
    );
    for (const cycle of cyclesOf(graph)) {
      const path = `${folders.get(cycle[0] ?? "") ?? ""}/package.json`;
      yield { path, line: 1, message: `needs itself: ${[...cycle, cycle[0]].join(" -> ")}; turn one arrow into a contract of core` };
    }
  },
};

function fileGraph(member: Member): Graph {
  return new Map(
    member.files.map((file) => {
      const lasting = importsOf(file).filter((mention) => !mention.isTypeOnly && !mention.isDynamic);
      return [file.path, lasting.flatMap((mention) => toTarget(file, mention.specifier) ?? [])];
    }),
  );
}

/** One cycle for every arrow that leads back to where the search is. */
function cyclesOf(graph: Graph): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start >= 0) cycles.push(path.slice(start));
    if (start >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}

import type { Containment, SpawnRequest } from "@omni/core";
import { isOmniError } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import type { SandboxPlace, SandboxProbe } from "./sandbox-place.ts";
import { describeContract } from "./contract.ts";

/** Arguments and names whose letters are syntax somewhere. */
const oddWords: readonly string[] = ["plain", "", "two words", "$HOME", "`id`", "; id", "--bind", "--", "*", "a\nb", 'q"uote\'s', "世界 🦓"];

/** Names that `tell` may find in its environment beyond those it was given: shells and wrappers set them to say where they are. */
const addedNames: readonly string[] = ["PWD", "OLDPWD", "SHLVL", "_"];

/** Every obligation of `Sandbox`; see `docs/contracts/sandbox.md`. Cases need the ability `contains`: it contains, and the place can run its requests. */
export const sandboxContract: readonly ContractCase<SandboxPlace>[] = [
  sandboxCase("X1", "its boundary says in words what holds, the same each time", async ({ sandbox }) => {
    const { boundary } = sandbox;
    expect(boundary).toMatch(/\w+ \w+ \w+/);
    expect(sandbox.boundary).toBe(boundary);
    expect(typeof sandbox.contains).toBe("boolean");
  }),
  sandboxCase("X2", "wrap leaves the request and the containment as they were", async (place) => {
    for (const [request, containment] of everyQuestion(place)) {
      const [requestBefore, containmentBefore] = [structuredClone(request), structuredClone(containment)];
      wrap(place, request, containment);
      expect([request, containment]).toEqual([requestBefore, containmentBefore]);
    }
  }),
  sandboxCase("X3", "wrap gives another request, well-formed, where it contains, and throws sandbox.unavailable where it does not", async (place) => {
    for (const [request, containment] of everyQuestion(place)) {
      const wrapped = wrap(place, request, containment);
      if (!place.sandbox.contains) expect(wrapped).toBeUndefined();
      if (wrapped === undefined) continue;
      expect(wrapped).not.toEqual(request);
      expect(wrapped.argv[0]).toMatch(/\S/);
      expect(wrapped.argv.every((each) => typeof each === "string" && !each.includes("\0"))).toBe(true);
      expect(wrapped.cwd).toMatch(/^(\/|[A-Za-z]:\\)/);
    }
  }),
  sandboxCase("X4", "what it cannot take literally it refuses with sandbox.unavailable, and never drops", async (place) => {
    const { request, containment } = toQuestion(place);
    for (const path of ["", "relative", "./here", "../up", "~/home", "/work\0/x"]) {
      expect([path, wrap(place, request, { ...containment, writable: [path] })]).toEqual([path, undefined]);
      expect([path, wrap(place, request, { ...containment, hidden: [path] })]).toEqual([path, undefined]);
    }
    expect(wrap(place, { ...request, argv: [] }, containment)).toBeUndefined();
  }),
  sandboxCase("X5", "a refusal is not retryable and says in words what to do", async (place) => {
    const { request, containment } = toQuestion(place);
    expect(() => place.sandbox.wrap(request, { ...containment, writable: ["relative"] })).toThrow(expect.objectContaining({ code: "sandbox.unavailable", retryable: false, message: expect.stringMatching(/\w+ \w+ \w+/) }));
  }),
  sandboxCase("X6", "a contained program has the arguments, the folder and the environment it was given, and its exit code comes through", async (place) => {
    const env = { NAME: "two words; $HOME", EMPTY: "", ODD: "世界\n🦓" };
    const { code, output } = await runContained(place, { kind: "tell", arguments: oddWords }, {}, env);
    const told: unknown = JSON.parse(output);
    expect(told).toMatchObject({ arguments: oddWords, cwd: place.folder, env });
    const names = isRecord(told) && isRecord(told["env"]) ? Object.keys(told["env"]) : [];
    expect(names.filter((name) => !(name in env) && !addedNames.includes(name))).toEqual([]);
    expect(code).toBe(7);
  }, "contains"),
  sandboxCase("X7", "a contained program writes where it may", async (place) => {
    for (const name of ["notes", "two words", "--bind", "世界"]) {
      const path = `${place.folder}/${name}/a.txt`;
      await place.write(path, "before");
      expect(await runContained(place, { kind: "write", path, text: "after" }, { writable: [`${place.folder}/${name}`] })).toMatchObject({ code: 0 });
      expect(await place.read(path)).toBe("after");
    }
  }, "contains"),
  sandboxCase("X8", "a contained program writes nowhere else, and through no link", async (place) => {
    const inside = `${place.folder}/inside`;
    const paths = [`${place.folder}/outside/a.txt`, `${place.folder}/inside-not/a.txt`, `${inside}/../outside/b.txt`];
    for (const path of paths) await place.write(path, "before");
    await place.write(`${inside}/a.txt`, "before");
    await place.link(`${inside}/link.txt`, `${place.folder}/outside/a.txt`);
    for (const path of [...paths, `${inside}/link.txt`]) await runContained(place, { kind: "write", path, text: "after" }, { writable: [inside] });
    await runContained(place, { kind: "write", path: `${inside}/a.txt`, text: "after" }, { writable: [] });
    for (const path of [...paths, `${inside}/a.txt`]) expect([path, await place.read(path)]).toEqual([path, "before"]);
  }, "contains"),
  sandboxCase("X9", "a contained program sees nothing that is hidden, also where it may write", async (place) => {
    const hidden = `${place.folder}/work/secret`;
    for (const path of [`${hidden}/key.txt`, `${place.folder}/work/open.txt`, `${place.folder}/work/one.txt`]) await place.write(path, "words");
    const containment = { writable: [`${place.folder}/work`], hidden: [hidden, `${place.folder}/work/one.txt`] };
    expect(await runContained(place, { kind: "read", path: `${place.folder}/work/open.txt` }, containment)).toEqual({ code: 0, output: "words" });
    for (const path of [`${hidden}/key.txt`, `${place.folder}/work/one.txt`]) {
      expect((await runContained(place, { kind: "read", path }, containment)).output).not.toContain("words");
      await runContained(place, { kind: "write", path, text: "changed" }, containment);
      expect([path, await place.read(path)]).toEqual([path, "words"]);
    }
  }, "contains"),
  sandboxCase("X10", "a contained program reaches no host where none is named, nor another than those named", async (place) => {
    const probe: SandboxProbe = { kind: "reach" };
    expect(await place.run({ argv: place.program(probe), cwd: place.folder, env: {} })).toMatchObject({ code: 0 });
    expect(place.reached()).toBe(1);
    expect((await runContained(place, probe, {})).code).not.toBe(0);
    const { request, containment } = toQuestion(place, probe);
    const wrapped = wrap(place, request, { ...containment, hosts: ["example.com"] });
    if (wrapped !== undefined) await place.run(wrapped);
    expect(place.reached()).toBe(1);
  }, "contains"),
];

/** Runs the kit of `Sandbox` against an implementation. Ability: `contains`. */
export function describeSandbox(title: string, create: Create<SandboxPlace>, options?: ContractOptions): void {
  describeContract(title, sandboxContract, create, options);
}

function sandboxCase(id: string, title: string, body: (place: SandboxPlace) => Promise<void>, needs?: string): ContractCase<SandboxPlace> {
  const run: ContractCase<SandboxPlace>["run"] = async (create) => {
    const place = await create();
    try {
      await body(place);
    } finally {
      await place.dispose();
    }
  };
  return { id, title, ...(needs === undefined ? {} : { needs }), run };
}

interface Question {
  readonly request: SpawnRequest;
  readonly containment: Containment;
}

function toQuestion({ folder, program }: Pick<SandboxPlace, "folder" | "program">, probe: SandboxProbe = { kind: "tell", arguments: oddWords }): Question {
  return { request: { argv: program(probe), cwd: folder, env: {} }, containment: { writable: [], hidden: [], hosts: [] } };
}

function everyQuestion(place: SandboxPlace): readonly (readonly [SpawnRequest, Containment])[] {
  const { request, containment } = toQuestion(place);
  const work = `${place.folder}/work`;
  const containments: readonly Partial<Containment>[] = [{}, { writable: [work] }, { writable: [work], hidden: [`${work}/secret`] }, { hosts: [place.listener] }, { writable: [work, work], hidden: [work] }];
  return containments.map((given) => [{ ...request, env: { NAME: "value" } }, { ...containment, ...given }]);
}

/** The wrapped request, or undefined where it was refused as the contract says. Any other error goes through. */
function wrap({ sandbox }: SandboxPlace, request: SpawnRequest, containment: Containment): SpawnRequest | undefined {
  try {
    return sandbox.wrap(request, containment);
  } catch (error) {
    if (isOmniError(error) && error.code === "sandbox.unavailable") return undefined;
    throw error;
  }
}

async function runContained(place: SandboxPlace, probe: SandboxProbe, containment: Partial<Containment>, env: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number | null; readonly output: string }> {
  const question = toQuestion(place, probe);
  return place.run(place.sandbox.wrap({ ...question.request, env }, { ...question.containment, ...containment }));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

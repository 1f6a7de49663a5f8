import type { Containment, Host, OmniModule, Sandbox, SpawnRequest } from "@omni/core";
import { OmniError } from "@omni/core";
import { boundary, findFault, toArguments, trial } from "./arguments.ts";

/** Which program contains. */
interface __Name__SandboxOptions {
  /** Absolute path: a contained program may have an environment in which nothing is found. */
  readonly program: string;
}

/** Where most systems have the program whose arguments are written here. */
const standard = "/usr/bin/bwrap";

/** Makes a sandbox of a program that is started in front of another and contains it. Where it does not work here nothing is contained, and nothing is run as if it were. */
export async function create__Name__Sandbox({ program }: __Name__SandboxOptions, { spawn, paths }: Pick<Host, "spawn" | "paths">): Promise<Sandbox> {
  const contains = await works(program, { spawn, paths });
  return {
    boundary: contains ? boundary : `${program} does not work here: nothing is contained, and what is to be contained is refused.`,
    contains,
    wrap(request, containment) {
      if (!contains) throw refuse(`${program} does not work here; install it, or allow the program to run uncontained`);
      const fault = findShapeFault(request, containment) ?? findFault(request, containment);
      if (fault !== undefined) throw refuse(fault);
      return { ...request, argv: [program, ...toArguments(request, containment), ...request.argv] };
    },
  };
}

/** Asked once, when the sandbox is made: whether it contains must not come as a surprise. */
async function works(program: string, { spawn, paths }: Pick<Host, "spawn" | "paths">): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(5_000);
    const child = await spawn.start({ argv: [program, ...trial], cwd: paths.state, env: { PATH: "/usr/bin:/bin" } }, { signal });
    return (await child.exit).code === 0;
  } catch {
    return false;
  }
}

/** What cannot be taken literally is refused, and never repaired. */
function findShapeFault({ argv, cwd }: SpawnRequest, { writable, hidden }: Containment): string | undefined {
  if (argv.length === 0) return "there is no program to run; name one";
  const path = [cwd, ...writable, ...hidden].find((each) => !each.startsWith("/") || each.includes("\0") || each.split("/").includes(".."));
  return path === undefined ? undefined : `${JSON.stringify(path)} is no absolute path; write it out`;
}

function refuse(reason: string): OmniError {
  return new OmniError("sandbox.unavailable", `The program cannot be contained as asked: ${reason}.`);
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"sandbox", __Name__SandboxOptions> = {
  slot: "sandbox",
  name: "__name__",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { program: { type: "string", minLength: 1, default: standard } }, additionalProperties: false },
    parse(value) {
      const program = typeof value === "object" && value !== null && "program" in value ? value.program : standard;
      if (typeof program === "string" && program.startsWith("/")) return { program };
      throw new OmniError("config.invalid", "sandbox.with.program is no absolute path; write where the program is.");
    },
  },
  create: create__Name__Sandbox,
};

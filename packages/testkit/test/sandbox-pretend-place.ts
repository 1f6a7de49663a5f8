import type { Containment, Sandbox, SpawnRequest } from "@omni/core";
import { OmniError } from "@omni/core";
import type { SandboxPlace, SandboxProbe } from "../src/index.ts";

/** The first word of a request that runs contained in the pretended world. */
const wrapper = "contained";

/** A sandbox whose wrapper the pretended world obeys. */
export function createPretendSandbox(): Sandbox {
  return {
    boundary: "Programs of the pretended world write and see what they may.",
    contains: true,
    wrap(request, containment) {
      const isLiteral = [...containment.writable, ...containment.hidden].every((path) => /^\/[^\0]*$/.test(path));
      if (!isLiteral || request.argv.length === 0) throw new OmniError("sandbox.unavailable", "A path is not absolute or there is no program; give whole paths.");
      return { ...request, argv: [wrapper, JSON.stringify(containment), ...request.argv] };
    },
  };
}

/** A world in this process: files and links in maps, programs that are probes. */
export function createPretendPlace(sandbox: Sandbox = createPretendSandbox()): SandboxPlace {
  const folder = "/pretend";
  const files = new Map<string, string>();
  const links = new Map<string, string>();
  let reached = 0;
  const resolve = (path: string): string => {
    const plain = new URL(`file://${path.split("/").map((name) => (name === ".." ? name : encodeURIComponent(name))).join("/")}`).pathname.split("/").map(decodeURIComponent).join("/");
    return links.get(plain) ?? plain;
  };
  const execute = (probe: SandboxProbe, request: SpawnRequest, containment: Containment | undefined): { code: number; output: string } => {
    if (probe.kind === "tell") return { code: 7, output: JSON.stringify({ arguments: probe.arguments, cwd: request.cwd, env: { PWD: request.cwd, ...request.env } }) };
    if (probe.kind === "reach") {
      if (containment !== undefined && !containment.hosts.includes("127.0.0.1")) return { code: 1, output: "" };
      reached += 1;
      return { code: 0, output: "" };
    }
    const path = resolve(probe.path);
    if (containment?.hidden.some((each) => isWithin(path, each)) === true) return { code: 1, output: "" };
    if (probe.kind === "read") return { code: files.has(path) ? 0 : 1, output: files.get(path) ?? "" };
    if (containment !== undefined && !containment.writable.some((each) => isWithin(path, each))) return { code: 1, output: "" };
    files.set(path, probe.text);
    return { code: 0, output: "" };
  };
  return {
    sandbox,
    folder,
    program: (probe) => ["probe", JSON.stringify(probe)],
    async run(request) {
      const [first, ...rest] = request.argv;
      const isContained = first === wrapper;
      const [, probe = ""] = isContained ? rest.slice(1) : request.argv;
      return execute(toProbe(probe), request, isContained ? toContainment(rest[0] ?? "") : undefined);
    },
    write: async (path, text) => void files.set(resolve(path), text),
    read: async (path) => files.get(resolve(path)),
    link: async (path, target) => void links.set(path, target),
    listener: "127.0.0.1",
    reached: () => reached,
    dispose: async () => undefined,
  };
}

function toProbe(text: string): SandboxProbe {
  const probe: SandboxProbe = JSON.parse(text);
  return probe;
}

function toContainment(text: string): Containment {
  const containment: Containment = JSON.parse(text);
  return containment;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

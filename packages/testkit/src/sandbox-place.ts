import type { Sandbox, SpawnRequest } from "@omni/core";

/**
 * What a contained program is made to do. `tell`: write its arguments, its
 * folder and its environment to standard output as JSON
 * `{ arguments, cwd, env }`, and end with code 7. `write`: put a text into a
 * file. `read`: write a file to standard output. `reach`: connect to the
 * place's listener. Whatever does not succeed ends with another code than 0.
 */
export type SandboxProbe =
  | { readonly kind: "tell"; readonly arguments: readonly string[] }
  | { readonly kind: "write"; readonly path: string; readonly text: string }
  | { readonly kind: "read"; readonly path: string }
  | { readonly kind: "reach" };

/** A sandbox with a world in which contained programs run. The kit cannot know which programs a system has; the place brings them. */
export interface SandboxPlace {
  readonly sandbox: Sandbox;
  /** Absolute path of an empty folder that programs may use unless they are contained. */
  readonly folder: string;
  /** The argument list of a program that does this. */
  program(probe: SandboxProbe): readonly string[];
  /** Runs a request as it is, to its end. */
  run(request: SpawnRequest): Promise<{ readonly code: number | null; readonly output: string }>;
  /** Writes a file from outside, with its folders. */
  write(path: string, text: string): Promise<void>;
  /** Reads a file from outside; undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  /** Makes `path` a symbolic link to `target`, both absolute. */
  link(path: string, target: string): Promise<void>;
  /** The listener's host, as a containment names it. */
  readonly listener: string;
  /** How often the listener was reached. */
  reached(): number;
  dispose(): Promise<void>;
}

/** A place that is a sandbox alone: for those that contain nothing, whose cases with abilities are skipped. */
export function toSandboxPlace(sandbox: Sandbox): SandboxPlace {
  const nowhere = (): Promise<never> => Promise.reject(new Error("nothing is run here"));
  return {
    sandbox,
    folder: "/work",
    program: () => ["true"],
    run: nowhere,
    write: nowhere,
    read: nowhere,
    link: nowhere,
    listener: "127.0.0.1",
    reached: () => 0,
    dispose: async () => undefined,
  };
}

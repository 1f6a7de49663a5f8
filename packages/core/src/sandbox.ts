import type { SpawnRequest } from "./spawn.ts";

/** What a contained process may reach. */
export interface Containment {
  /** Absolute paths it may write. */
  readonly writable: readonly string[];
  /** Absolute paths it must not see. */
  readonly hidden: readonly string[];
  /** Hosts it may talk to; empty means no network. */
  readonly hosts: readonly string[];
}

/**
 * How a child process is contained. Obligations: `wrap` turns a request into
 * the one that runs it contained, or throws `sandbox.unavailable`: it never
 * returns the request less contained than asked. `boundary` says in plain
 * words what holds.
 */
export interface Sandbox {
  readonly boundary: string;
  /** False where `wrap` contains nothing. */
  readonly contains: boolean;
  wrap(request: SpawnRequest, containment: Containment): SpawnRequest;
}

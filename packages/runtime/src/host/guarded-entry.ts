import type { FileGuard, PolicyDecision } from "@omni/core";
import { OmniError } from "@omni/core";
import { toShownPath } from "./files-error.ts";

/** A way below a root, gone to its end. */
export interface GuardedWay {
  /** The root's real path. */
  readonly root: string;
  /** Names below the root, links resolved. */
  readonly segments: readonly string[];
  /** As it was asked for. */
  readonly path: string;
}

/** Refuses to read or write what a guard speaks against. */
export function refuseUse(guard: FileGuard, way: GuardedWay): void {
  const decision = guard(toRealPath(way), way.root);
  if (decision !== undefined) throw toRefusal(decision, way);
}

/** Refuses to look at what a guard denies. */
export function refuseSight(guard: FileGuard, way: GuardedWay): void {
  const decision = guard(toRealPath(way), way.root);
  if (decision?.verdict === "deny") throw toRefusal(decision, way);
}

function toRealPath({ segments }: GuardedWay): string {
  return segments.length === 0 ? "." : segments.join("/");
}

/** A link may lead to what a person can be asked about, under its own name. */
function toRefusal({ verdict, reason }: PolicyDecision, way: GuardedWay): OmniError {
  const real = toRealPath(way);
  const isElsewhere = !way.path.endsWith(real);
  const what = isElsewhere ? `${toShownPath(way.path)} leads to ${toShownPath(real)}, which this call may not use` : `This call may not use ${toShownPath(way.path)}`;
  const mend = verdict === "ask" && isElsewhere ? " Name that path itself, so that a person can be asked." : "";
  return new OmniError("files.denied", `${what}: ${reason}${mend}`);
}

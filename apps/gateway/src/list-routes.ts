import type { Scope } from "@omni/core";

/** One route as it is listed. */
export interface RouteLine {
  readonly method: string;
  readonly path: string;
  readonly auth: "none" | "bearer" | "signature";
  /** Any one of these is enough. */
  readonly scopes: readonly Scope[];
  readonly about: string;
}

/** Every route of the gateway with what it takes to call it. They are loaded for this, and not before. */
export async function listRoutes(): Promise<readonly RouteLine[]> {
  const { routeTable } = await import("./route-table.ts");
  return routeTable.map(({ method, path, auth, scopes, about }) => ({ method, path, auth, scopes, about }));
}

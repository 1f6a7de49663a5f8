import type { CommandBody } from "../command-spec.ts";
import { exitCodes } from "../exit-codes.ts";
import { toTable } from "../render/table.ts";

/** `omni routes`: read from the table that the gateway is made of; nothing is started. */
export const routes: CommandBody = async (call, { terminal }) => {
  const { listRoutes } = await import("@omni/gateway");
  const lines = await listRoutes();
  if (call.has("json")) await terminal.output.write(`${JSON.stringify({ routes: lines })}\n`);
  else {
    const rows = lines.map(({ method, path, auth, scopes, about }) => [method, path, auth, scopes.join(" or "), about]);
    await terminal.output.write(toTable(["METHOD", "PATH", "AUTH", "SCOPE", "DOES"], rows, terminal.output.columns));
  }
  return exitCodes.done;
};

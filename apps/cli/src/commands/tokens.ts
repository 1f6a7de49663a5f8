import { OmniError } from "@omni/core";
import type { CommandBody } from "../command-spec.ts";
import { exitCodes } from "../exit-codes.ts";
import { toTable } from "../render/table.ts";
import { withRuntime } from "../open-runtime.ts";

/** `omni tokens add`: the only time the token is seen. */
export const addToken: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "tokens" }, async ({ runtime }) => {
    const { output, errors } = context.terminal;
    const scopes = (call.text("scopes") ?? "read,chat").split(",").map((scope) => scope.trim()).filter((scope) => scope !== "");
    const made = await runtime.tokens.add(call.operands[0] ?? "", scopes);
    if (call.has("json")) await output.write(`${JSON.stringify({ ...made, createdAt: new Date(made.createdAt).toISOString() })}\n`);
    else {
      await output.write(`${made.token}\n`);
      await errors.write(`Token ${made.name} may ${made.scopes.join(", ")}. It is not shown again.\n`);
    }
    return exitCodes.done;
  });

/** `omni tokens list`. */
export const listTokens: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "tokens" }, async ({ runtime }) => {
    const { output, errors } = context.terminal;
    const tokens = (await runtime.tokens.list()).map((token) => ({ ...token, createdAt: new Date(token.createdAt).toISOString() }));
    if (call.has("json")) await output.write(`${JSON.stringify({ tokens })}\n`);
    else if (tokens.length === 0) await errors.write("There are no tokens; omni tokens add NAME makes one.\n");
    else await output.write(toTable(["NAME", "SCOPES", "MADE"], tokens.map((each) => [each.name, each.scopes.join(","), each.createdAt]), output.columns));
    return exitCodes.done;
  });

/** `omni tokens revoke`. */
export const revokeToken: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "tokens" }, async ({ runtime }) => {
    const { output, errors } = context.terminal;
    const name = call.operands[0] ?? "";
    if (!(await runtime.tokens.revoke(name))) throw new OmniError("usage.invalid", `There is no token ${JSON.stringify(name.slice(0, 80))}; omni tokens list shows those there are.`);
    if (call.has("json")) await output.write(`${JSON.stringify({ name, revoked: true })}\n`);
    else await errors.write(`Token ${name} is worthless now.\n`);
    return exitCodes.done;
  });

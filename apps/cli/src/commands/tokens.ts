import { OmniError } from "@omni/core";
import type { AccessToken } from "@omni/runtime";
import type { CommandBody, CommandCall } from "../command-spec.ts";
import { exitCodes } from "../exit-codes.ts";
import { toTable } from "../render/table.ts";
import { withRuntime } from "../open-runtime.ts";

/** Milliseconds of the units a time may be given in. */
const units: ReadonlyMap<string, number> = new Map([
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** Longest that a token may be good where it expires at all: ten years. */
const mostMs = 315_360_000_000;

/** `omni tokens add`: the only time the token is seen. */
export const addToken: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "tokens" }, async ({ runtime }) => {
    const { output, errors } = context.terminal;
    const expires = call.text("expires");
    const { token, ...made } = await runtime.tokens.add(call.operands[0] ?? "", toScopeList(call), expires === undefined ? {} : { lastsMs: toMilliseconds(expires) });
    if (call.has("json")) await output.write(`${JSON.stringify({ token, ...toView(made) })}\n`);
    else {
      await output.write(`${token}\n`);
      await errors.write(`Token ${made.name} may ${made.scopes.join(", ")}${made.expiresAt === undefined ? "" : ` until ${toTime(made.expiresAt)}`}. It is not shown again.\n`);
    }
    return exitCodes.done;
  });

/** `omni tokens list`. */
export const listTokens: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "tokens" }, async ({ runtime }) => {
    const { output, errors } = context.terminal;
    const tokens = (await runtime.tokens.list()).map(toView);
    if (call.has("json")) await output.write(`${JSON.stringify({ tokens })}\n`);
    else if (tokens.length === 0) await errors.write("There are no tokens; omni tokens add NAME makes one.\n");
    else {
      const rows = tokens.map((each) => [each.name, each.scopes.join(","), each.createdAt, each.lastUsedAt ?? "never", each.expiresAt ?? "never"]);
      await output.write(toTable(["NAME", "SCOPES", "MADE", "USED", "EXPIRES"], rows, output.columns));
    }
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

/** The scopes of a command that makes a token. */
export function toScopeList(call: CommandCall): readonly string[] {
  return (call.text("scopes") ?? "read,chat").split(",").map((scope) => scope.trim()).filter((scope) => scope !== "");
}

/** `12h` in milliseconds. Throws `usage.invalid`. */
function toMilliseconds(given: string): number {
  const [, count = "", unit = ""] = /^(\d{1,9})([mhdw])$/.exec(given.trim()) ?? [];
  const milliseconds = Number(count) * (units.get(unit) ?? Number.NaN);
  if (milliseconds > 0 && milliseconds <= mostMs) return milliseconds;
  throw new OmniError("usage.invalid", `--expires takes a time such as 90m, 12h, 30d or 8w, at most ten years; ${JSON.stringify(given.slice(0, 80))} is none.`);
}

/** A token as it is listed; times are ISO 8601. */
function toView({ createdAt, expiresAt, lastUsedAt, ...token }: AccessToken): Pick<AccessToken, "name" | "scopes"> & { readonly createdAt: string; readonly expiresAt?: string; readonly lastUsedAt?: string } {
  return {
    ...token,
    createdAt: toTime(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: toTime(expiresAt) }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: toTime(lastUsedAt) }),
  };
}

function toTime(at: number): string {
  return new Date(at).toISOString();
}

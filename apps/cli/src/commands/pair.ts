import { mintPairingCode } from "@omni/runtime";
import type { CommandBody } from "../command-spec.ts";
import { exitCodes } from "../exit-codes.ts";
import { toScopeList } from "./tokens.ts";
import { withRuntime } from "../open-runtime.ts";

/** `omni pair`: the only place where a code is made, since it takes the home's own files. */
export const pair: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "tokens" }, async ({ runtime, host }) => {
    const { output, errors } = context.terminal;
    const name = call.operands[0] ?? `device-${host.random.id().slice(-6).toLowerCase()}`;
    const made = await mintPairingCode({ name, scopes: toScopeList(call) }, { store: runtime.store, tokens: runtime.tokens, clock: host.clock, random: host.random });
    const expiresAt = new Date(made.expiresAt).toISOString();
    if (call.has("json")) await output.write(`${JSON.stringify({ ...made, expiresAt })}\n`);
    else {
      await output.write(`${output.isTerminal ? toReadable(made.code) : made.code}\n`);
      await errors.write(`Good once, until ${expiresAt}, for the token ${name}, which may ${made.scopes.join(", ")}. The device sends it to the gateway as POST /pair.\n`);
    }
    return exitCodes.done;
  });

/** In two halves, which are easier to read and to say. */
function toReadable(code: string): string {
  return `${code.slice(0, code.length / 2)}-${code.slice(code.length / 2)}`;
}

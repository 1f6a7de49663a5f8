import { OmniError, toSearchFloor } from "@omni/core";
import type { CommandBody, CommandCall, CommandContext } from "../../command-spec.ts";
import { exitCodes } from "../../exit-codes.ts";
import { mostLineBytes, readAll } from "../../line-reader.ts";
import { toFoundMemory } from "./memory-view.ts";
import { toFoundText } from "../../render/memory-text.ts";
import { toGivenScopes } from "./given-scopes.ts";
import { withMemory } from "./with-memory.ts";

/** Memories that a search shows where no limit is given. */
const defaultFound = 10;

/** `omni memory search`. */
export const searchMemory: CommandBody = async (call, context) => {
  const query = await readQuery(call, context);
  return withMemory(call, context, async ({ memory }) => {
    const { output, errors } = context.terminal;
    const scopes = await toGivenScopes(call, context, memory);
    const floor = call.number("floor") ?? toSearchFloor(await memory.stats());
    const found = await memory.recall(query, { scopes, limit: call.number("limit") ?? defaultFound, floor });
    const results = found.map(toFoundMemory);
    if (call.has("json")) await output.write(`${JSON.stringify({ results })}\n`);
    else if (results.length === 0) await errors.write("Nothing that is remembered fits these words.\n");
    else await output.write(toFoundText(results, output));
    return exitCodes.done;
  });
};

/** The words, as they are: nothing in them is syntax. Throws `message.too-large` and `usage.invalid`. */
async function readQuery({ operands }: CommandCall, { terminal }: CommandContext): Promise<string> {
  const query = operands.length === 1 && operands[0] === "-" ? await readAll(terminal.input, mostLineBytes) : operands.join(" ");
  if (query === undefined) throw new OmniError("message.too-large", `What is to be searched for has more than ${mostLineBytes} bytes.`);
  if (query.trim() === "") throw new OmniError("usage.invalid", "There are no words to search for (omni memory search --help).");
  return query;
}

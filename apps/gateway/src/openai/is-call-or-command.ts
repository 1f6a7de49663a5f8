import type { Runtime } from "@omni/runtime";
import { toCommand, toDirectCall } from "@omni/runtime";

/** True where a text by itself is a chat command or an exact call of a tool. One in the form of a call waits for the servers to list their tools, as its turn would. */
export async function isCallOrCommand(text: string, runtime: Pick<Runtime, "tools" | "listed">): Promise<boolean> {
  if (toCommand(text) !== undefined) return true;
  if (toDirectCall(text, () => true) === undefined) return false;
  await runtime.listed();
  return toDirectCall(text, (name) => runtime.tools.find(name) !== undefined) !== undefined;
}

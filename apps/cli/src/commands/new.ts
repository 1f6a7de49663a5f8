import { join, resolve } from "node:path";
import type { CommandBody } from "../command-spec.ts";
import { exitCodes } from "../exit-codes.ts";
import { makePackage } from "../new/make-package.ts";
import { toName, toPackageName, toSlot } from "../new/package-name.ts";

/** `omni new`: a package of one's own for a slot, complete and passing its kit. */
export const newPackage: CommandBody = async (call, { terminal, version }) => {
  const [slotWord = "", nameWord = ""] = call.operands;
  const slot = await toSlot(slotWord);
  const name = toName(nameWord);
  const packageName = toPackageName(call.text("package") ?? `${slot}-${name}`);
  const folder = join(resolve(terminal.cwd(), call.text("dir") ?? "."), `${slot}-${name}`);
  const made = await makePackage({ slot, name, packageName, folder, version });
  const { files, yours, write, use } = made;
  if (call.has("json")) {
    await terminal.output.write(`${JSON.stringify({ folder, package: packageName, slot, name, yours, files, use })}\n`);
    return exitCodes.done;
  }
  await terminal.output.write(`${folder}\n`);
  await terminal.errors.write(`Test:  cd ${toShellWord(folder)} && npm install && npm test\nWrite: ${yours} (${write})\nUse:   ${JSON.stringify(use)} in omni.json\n`);
  return exitCodes.done;
};

/** A path as a shell takes it. */
function toShellWord(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

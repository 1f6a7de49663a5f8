import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { OmniError } from "@omni/core";
import { prepareHome, toHome, writeFileAtomically } from "@omni/runtime";
import type { CommandCall, CommandContext } from "../../command-spec.ts";
import { toConfigRequest } from "../../prepare-command.ts";

/** A file of servers that is about to change. */
export interface EditedFile {
  readonly path: string;
  /** Empty where there is no file yet. */
  readonly text: string;
  /** Replaces the file whole; it is readable by its owner only. Throws `home.unwritable`. */
  write(text: string): Promise<void>;
}

/** The file that `add` and `remove` change: the one a flag names, else the home's. Throws `config.invalid` for one that cannot be read. */
export async function readEditedFile(call: CommandCall, context: CommandContext): Promise<EditedFile> {
  const request = toConfigRequest(call, context);
  const home = toHome(request);
  const { mcpConfig } = request;
  const path = mcpConfig === undefined ? join(home, "mcp.json") : mcpConfig.startsWith("~/") ? join(request.userHome, mcpConfig.slice(2)) : resolve(request.cwd, mcpConfig);
  return {
    path,
    text: (await readTextFile(path)) ?? "",
    async write(text) {
      if (mcpConfig === undefined) await prepareHome({ home, state: join(home, "state"), workspace: join(home, "workspace") });
      await writeFileAtomically(path, text);
    },
  };
}

/** The text of a file, undefined where there is none. Throws `config.invalid`. */
export async function readTextFile(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(path));
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new OmniError("config.invalid", `${path} cannot be read as UTF-8 text (${code}); mend the file or its rights first.`, { cause });
  }
}

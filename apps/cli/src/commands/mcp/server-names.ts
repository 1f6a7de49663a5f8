import type { ServerFiles } from "@omni/preset-default";
import type { EditedFile } from "./edited-file.ts";

/** The names that a file has, whether their definitions can be used or not. */
export async function toServerNames(files: ServerFiles, { text, path }: Pick<EditedFile, "text" | "path">): Promise<readonly string[]> {
  if (text.trim() === "") return [];
  const { servers } = await files.list(text, { path, origin: "flag", env: {}, taken: [], expand: (value) => ({ value, missing: [] }) });
  return servers.map((server) => server.name);
}

import type { JsonObject, ToolContext, ToolResult } from "@omni/core";
import type { FakeHost } from "@omni/testkit/fakes";
import type { FilesToolOptions } from "../src/index.ts";
import { createFakeHost, createMemoryFiles } from "@omni/testkit/fakes";
import { createToolContext } from "@omni/testkit";
import { createFilesTool, filesToolOptions } from "../src/index.ts";

const workspace = "/home/omni/workspace";

/** File tools over files that exist only in the test. */
export interface FilesPlace {
  readonly host: FakeHost;
  call(name: string, input: JsonObject, overrides?: Partial<ToolContext>): Promise<ToolResult>;
  /** Text of a call's result; of an error result with `ERROR ` before it. */
  text(name: string, input: JsonObject): Promise<string>;
  /** Content of a file now. */
  content(path: string): string | undefined;
  bytes(path: string, bytes: Uint8Array): void;
}

/** Makes the tools over files given by path below the workspace. */
export function createFilesPlace(files: Readonly<Record<string, string>>, options: Partial<FilesToolOptions> = {}): FilesPlace {
  const absolute = Object.fromEntries(Object.entries(files).map(([path, text]) => [`${workspace}/${path}`, text]));
  const host = createFakeHost({ files: createMemoryFiles(absolute) });
  const toolset = createFilesTool(filesToolOptions.parse(options), host);
  const call: FilesPlace["call"] = (name, input, overrides) => {
    const tool = toolset.tools().find((each) => each.name === name);
    if (tool === undefined) throw new Error(`no ${name}`);
    return tool.execute(input, createToolContext({ workspace, ...overrides }));
  };
  return {
    host,
    call,
    async text(name, input) {
      const result = await call(name, input);
      const text = result.content.map((block) => (block.type === "text" ? block.text : `<${block.type}>`)).join("\n");
      return result.isError === true ? `ERROR ${text}` : text;
    },
    content(path) {
      const bytes = host.files.entries.get(`${workspace}/${path}`);
      return bytes === undefined ? undefined : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    },
    bytes: (path, bytes) => void host.files.entries.set(`${workspace}/${path}`, bytes),
  };
}

import type { ReadServers, SlotChoice } from "@omni/runtime";

/**
 * Makes a choice of the tool slot from every server of an `mcp.json`. What is
 * broken, disabled or lacks a variable is left out; all but the disabled ones
 * with a warning.
 */
export const readServers: ReadServers = async (text, { path, env, taken, expand }) => {
  const { parseMcpServers, toServerEnvironment, toServerOwner } = await import("@omni/tool-mcp");
  const { servers, warnings } = parseMcpServers(text, path);
  const choices: Record<string, SlotChoice> = {};
  const said = [...warnings];
  for (const { name, definition } of servers) {
    if (definition["disabled"] === true) continue;
    const { value, missing } = expand(definition);
    if (missing.length > 0) {
      said.push(`${path}: server ${JSON.stringify(name)} is left out: set ${missing.join(", ")}`);
      continue;
    }
    const { owner, warning } = toServerOwner(name, [...taken, ...Object.keys(choices), "session", "person"]);
    if (warning !== undefined) said.push(`${path}: ${warning}`);
    choices[owner] = { use: "mcp", with: { ...value, name: owner, inheritedEnv: { ...toServerEnvironment(env) } } };
  }
  return { choices, warnings: said };
};

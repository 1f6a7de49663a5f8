import type { ReadServers, SlotChoice } from "@omni/runtime";

/**
 * Makes a choice of the tool slot from every server of an `mcp.json`. What is
 * broken, disabled or lacks a variable is left out; all but the disabled ones
 * with a warning. Servers over HTTP may have a model beside them: where the
 * environment names none, the provider `inferred` is offered with their
 * addresses. A file that a folder brought along offers no provider: its
 * servers may run, but do not get to hear everything.
 */
export const readServers: ReadServers = async (text, context) => {
  const { listServers } = await import("./list-servers.ts");
  const { servers, warnings } = await listServers(text, context);
  const choices: Record<string, SlotChoice> = {};
  for (const { owner, choice } of servers) if (choice !== undefined && owner !== undefined) choices[owner] = choice;
  const addresses = context.origin === "workspace" ? [] : toAddresses(Object.values(choices));
  const isNamed = (name: string): boolean => (context.env[name] ?? "") !== "";
  if (addresses.length === 0 || isNamed("OPENAI_API_KEY") || isNamed("OPENAI_BASE_URL")) return { choices, warnings };
  return { choices, warnings, provider: { use: "inferred", with: { addresses } } };
};

/** Origins of the servers over HTTP, each once, in the order of the file. */
function toAddresses(choices: readonly SlotChoice[]): readonly string[] {
  const origins = choices.flatMap(({ with: { url } }) => (typeof url === "string" && URL.canParse(url) ? [new URL(url).origin] : []));
  return [...new Set(origins)].filter((origin) => /^https?:/.test(origin));
}

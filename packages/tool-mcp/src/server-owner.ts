/** First part of the names of a server's tools, and what a person should know of it. */
export interface ServerOwner {
  readonly owner: string;
  /** Set where the owner is not the server's own name. */
  readonly warning?: string;
}

/**
 * The owner under which a server's tools are named. A name that is taken (by
 * native tools, or by a server before it) becomes `mcp-NAME`; characters that
 * no owner may have become hyphens.
 */
export function toServerOwner(name: string, taken: Iterable<string>): ServerOwner {
  const used = new Set(taken);
  const plain = name.trim().replaceAll(/[^\w-]+/g, "-");
  const spelled = /^[A-Za-z]/.test(plain) ? plain : `mcp-${plain.replace(/^[-_]+/, "")}`;
  const owner = toFree(spelled, used);
  if (owner === name) return { owner };
  const reason = owner === spelled ? "its name has characters that no tool's owner may have" : `${spelled} is taken by other tools`;
  return { owner, warning: `The tools of the MCP server ${JSON.stringify(name)} are named ${owner}.*: ${reason}.` };
}

function toFree(name: string, used: ReadonlySet<string>): string {
  if (!used.has(name)) return name;
  const foreign = `mcp-${name}`;
  if (!used.has(foreign)) return foreign;
  for (let count = 2; ; count += 1) if (!used.has(`${foreign}-${count}`)) return `${foreign}-${count}`;
}

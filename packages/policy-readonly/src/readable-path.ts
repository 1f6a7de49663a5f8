import type { HostPaths } from "@omni/core";

/** Characters that hide what a name is, and forms that some program expands or reads as an address. */
const odd = /[\\\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|^~|^\$\{|^\$\w+(?:\/|$)|^[a-z]:|^file:|^[a-z][a-z0-9+.-]*:\/\//iu;

/** Names of files that usually hold keys. */
const secret = /\/(?:\.env(?:\.[^/]*)?|\.envrc|\.netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|id_[a-z0-9]+|[^/]*\.(?:pem|key|p12|pfx))$|\/\.(?:ssh|gnupg|aws|kube)(?:\/|$)/i;

/** True for a plain path that by its letters lies in the workspace and not in the gateway's home, except the workspace there, and is no file of keys. */
export function isReadablePath(path: string, workspace: string, own: HostPaths): boolean {
  if (!workspace.startsWith("/") || [path, workspace].some((each) => odd.test(each) || !each.isWellFormed())) return false;
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  if (bytes(path) > 4_096 || path.split("/").some((name) => bytes(name) > 255)) return false;
  const root = toPlain(workspace);
  const full = toPlain(path.startsWith("/") ? path : `${root}/${path}`);
  const isOwn = isInside(toLoose(full), toLoose(own.home)) || isInside(toLoose(full), toLoose(own.state));
  const isOwnWorkspace = own.workspace.startsWith(`${own.home}/`) && isInside(full, own.workspace) && !isInside(toLoose(full), toLoose(own.state));
  return isInside(full, root) && (!isOwn || isOwnWorkspace) && !secret.test(full.slice(root.length));
}

/** The path with its steps taken: `/a/./b//../c` is `/a/c`. */
function toPlain(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

function isInside(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

/** As file systems see it that tell neither case nor Unicode form apart. */
function toLoose(path: string): string {
  return path.normalize("NFKC").toLowerCase();
}

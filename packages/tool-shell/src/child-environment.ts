import type { Host } from "@omni/core";
import { OmniError } from "@omni/core";

/** Where programs are looked for. */
const path = "/usr/local/bin:/usr/bin:/bin";

/**
 * The whole environment of a program: a short list of the tool's own, and over
 * it what the owner set. `HOME` is the workspace, so that what programs write
 * and read "at home" is neither the owner's nor the gateway's. Whoever may
 * write a file there could have git run a program of theirs at the next
 * harmless `git status`, so git is told of no settings but the repository's.
 * Pagers and prompts are off: there is nobody to answer them. Throws
 * `config.invalid` where a set variable holds a secret of the gateway.
 */
export function toChildEnvironment(env: Readonly<Record<string, string>>, workspace: string, host: Pick<Host, "secrets">): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(env)) {
    if (host.secrets.redact(value) === value) continue;
    throw new OmniError("config.invalid", `tools.shell.with.env.${name} holds a secret of the gateway, which no program is given. Remove it, or give programs a secret of their own by a file of the workspace.`);
  }
  return {
    PATH: path,
    HOME: workspace,
    LANG: "C.UTF-8",
    TERM: "dumb",
    NO_COLOR: "1",
    PAGER: "cat",
    GIT_PAGER: "cat",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    DEBIAN_FRONTEND: "noninteractive",
    ...env,
  };
}

import { importsOf, toPackageName } from "../imports.ts";
import type { Rule } from "../violation.ts";
import { filesOf } from "../workspace.ts";

/** The one arrow between apps: the command line loads the gateway when a command needs it, so that no other start pays for it. */
export const lazyGateway: Rule = {
  name: "lazy-gateway",
  *check(workspace) {
    for (const { member, file } of filesOf(workspace, "src")) {
      if (member.folder !== "apps/cli") continue;
      for (const { specifier, line, isDynamic, isTypeOnly } of importsOf(file)) {
        if (toPackageName(specifier) !== "@omni/gateway" || isDynamic || isTypeOnly) continue;
        yield { path: file.path, line, message: 'loads the gateway at every start; write `await import("@omni/gateway")` in the command' };
      }
    }
  },
};

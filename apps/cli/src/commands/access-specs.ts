import type { CommandSpec, FlagSpec } from "../command-spec.ts";

const scopes: FlagSpec = { type: "text", value: "LIST", about: "what it may do, with commas: read, chat, approve, admin (read,chat by default)" };

/** The rows of the commands that say who may use the gateway, and for what. */
export const accessSpecs: readonly CommandSpec[] = [
  {
    name: "tokens add",
    operands: "NAME",
    count: [1, 1],
    about: "Makes a token for HTTP and shows it this once",
    flags: { scopes, expires: { type: "text", value: "TIME", about: "how long it is good: 90m, 12h, 30d or 8w (until it is revoked by default)" } },
    examples: [
      ["omni tokens add laptop --scopes read,chat", "a token that may talk but not approve"],
      ["omni tokens add guest --expires 12h", "one that is worthless tomorrow"],
    ],
    load: async () => (await import("./tokens.ts")).addToken,
  },
  {
    name: "tokens list",
    operands: "",
    count: [0, 0],
    about: "The tokens by name; they themselves are not kept",
    flags: {},
    examples: [["omni tokens list", "names, scopes, when they were made and last used"]],
    load: async () => (await import("./tokens.ts")).listTokens,
  },
  {
    name: "tokens revoke",
    operands: "NAME",
    count: [1, 1],
    about: "Makes a token worthless at once",
    flags: {},
    examples: [["omni tokens revoke laptop", "the next request with it is refused, its streams end"]],
    load: async () => (await import("./tokens.ts")).revokeToken,
  },
  {
    name: "pair",
    operands: "[NAME]",
    count: [0, 1],
    about: "Shows a code that another device can exchange for a token",
    details: ["The code is good for ten minutes and once; five wrong ones burn it. A newer code replaces it.", "The device sends it as POST /pair to the gateway. NAME is the token's."],
    flags: { scopes },
    examples: [
      ["omni pair phone", "a code to type in on the phone"],
      ["omni pair --scopes read", "for a device that only looks"],
    ],
    load: async () => (await import("./pair.ts")).pair,
  },
  {
    name: "routes",
    operands: "",
    count: [0, 0],
    about: "Every route of the gateway with what it takes to call it",
    flags: {},
    examples: [["omni routes --json", '{ "routes": [{ "method", "path", "auth", "scopes", "about" }] }']],
    load: async () => (await import("./routes.ts")).routes,
  },
];

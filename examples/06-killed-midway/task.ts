import { fileURLToPath } from "node:url";
import type { JsonObject } from "@omni/core";
import type { IncomingMessage } from "@omni/runtime";

/** The message of both lives. Its `platformId` says that it is the same one, however often it comes. */
export const message: IncomingMessage = {
  sessionId: "cli:letters",
  text: "post my letter",
  origin: "cli",
  platformId: "letter-1",
  interactive: false,
  principal: { id: "owner", scopes: ["read", "chat", "approve", "admin"] },
};

/** The settings of both lives: a post office, and leave to use it. */
export const settings: JsonObject = {
  tools: { post: { use: fileURLToPath(new URL("./post-tool.ts", import.meta.url)) } },
  policy: { use: "workspace", with: { autonomy: "full" } },
};

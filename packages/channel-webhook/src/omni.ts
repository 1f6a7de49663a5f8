import type { OmniModule } from "@omni/core";
import type { WebhookChannelOptions } from "./webhook-channel-options.ts";
import { createWebhookChannel } from "./create-webhook-channel.ts";
import { webhookChannelOptions } from "./webhook-channel-options.ts";

/** The module of slot `channel`, name `webhook`. */
export const omni: OmniModule<"channel", WebhookChannelOptions> = { slot: "channel", name: "webhook", contract: 1, options: webhookChannelOptions, create: createWebhookChannel };

export type { WebhookChannelOptions } from "./webhook-channel-options.ts";
export { createWebhookChannel } from "./create-webhook-channel.ts";
export { omni } from "./omni.ts";
export { webhookChannelOptions } from "./webhook-channel-options.ts";

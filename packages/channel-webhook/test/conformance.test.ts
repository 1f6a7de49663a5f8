import { describeChannel } from "@omni/testkit";
import { createWebhookPlace } from "./webhook-place.ts";

// It has no challenge: nobody asks whether the address is the owner's.
const abilities = ["acknowledges", "conversations", "threads", "senders", "faults", "webhooks", "signed-times"];

describeChannel("channel-webhook", () => createWebhookPlace(), { abilities });
describeChannel("channel-webhook, whose receiver drops repeats", () => createWebhookPlace({ deduplicates: true }), { abilities });

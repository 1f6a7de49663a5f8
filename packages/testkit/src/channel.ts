import type { ChannelPlace } from "./channel-place.ts";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import { channelReceivingCases } from "./channel-receiving-cases.ts";
import { channelSendingCases } from "./channel-sending-cases.ts";
import { channelWebhookCases } from "./channel-webhook-cases.ts";
import { describeContract } from "./contract.ts";

/**
 * Every obligation of `Channel`; see `docs/contracts/channel.md`. Cases need
 * the abilities `acknowledges` (the platform waits to be told that a message
 * arrived), `conversations`, `threads`, `senders` (it has several of them),
 * `faults` (it can fail), `webhooks` (it comes to the channel, which has
 * `receive`), `signed-times` (what it signs has a time) and `challenges` (it
 * makes sure of the address).
 */
export const channelContract: readonly ContractCase<ChannelPlace>[] = [...channelReceivingCases, ...channelSendingCases, ...channelWebhookCases];

/** Runs the kit of `Channel` against an implementation and its platform. */
export function describeChannel(title: string, create: Create<ChannelPlace>, options?: ContractOptions): void {
  describeContract(title, channelContract, create, options);
}

import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import type { ProviderPlace } from "./provider-place.ts";
import { callCases } from "./provider-calls.ts";
import { describeContract } from "./contract.ts";
import { faultCases } from "./provider-faults.ts";
import { replyCases } from "./provider-replies.ts";
import { requestCases } from "./provider-requests.ts";

/**
 * Every obligation of `Provider`; see `docs/contracts/provider.md`. Cases
 * need the abilities `script` (its endpoint answers what a case says),
 * `tools` (it may call any tool), `images` and `wire` (there is a connection
 * that can fail).
 */
export const providerContract: readonly ContractCase<ProviderPlace>[] = [...replyCases, ...callCases, ...faultCases, ...requestCases];

/** Runs the kit of `Provider` against an implementation and its endpoint. */
export function describeProvider(title: string, create: Create<ProviderPlace>, options?: ContractOptions): void {
  describeContract(title, providerContract, create, options);
}

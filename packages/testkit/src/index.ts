export type { ContractCase, ContractOptions, Create } from "./contract.ts";
export { describeContract } from "./contract.ts";
export { describeBroken } from "./broken.ts";
export { describeDocumented } from "./documented.ts";

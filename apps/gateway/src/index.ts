export type { Gateway, GatewayOptions, GatewayPhase } from "./create-gateway.ts";
export { createGateway } from "./create-gateway.ts";
export type { Transport } from "./route.ts";
export type { ServedGateway, ServeGatewayOptions } from "./serve-gateway.ts";
export { serveGateway } from "./serve-gateway.ts";

import type { Row } from "../report.ts";
import type { BenchPlace } from "./programs.ts";
import { connectSocket } from "@omni/client";
import { residentOf, startGateway } from "./programs.ts";
import { toRow } from "../report.ts";

const sockets = 1_000;
/** As many before them, for what all share and for the garbage of a thousand handshakes, which is there once and not with each socket. */
const warm = 1_000;

/** What an idle WebSocket costs the gateway: the second thousand of them, measured against the first. */
export async function measureIdleSockets(place: BenchPlace): Promise<readonly Row[]> {
  const gateway = await startGateway(place, { memory: false });
  const { url, token = "" } = gateway;
  const open = async (count: number): Promise<readonly { close(): void }[]> => {
    const opened = [];
    for (let start = 0; start < count; start += 50) opened.push(...(await Promise.all(Array.from({ length: Math.min(50, count - start) }, () => connectSocket({ url, token })))));
    return opened;
  };
  try {
    const first = await open(warm);
    const before = await residentOf(gateway);
    const rest = await open(sockets);
    const after = await residentOf(gateway);
    for (const socket of [...first, ...rest]) socket.close();
    return [toRow(`memory of an idle WebSocket, of the second ${sockets.toLocaleString("en")}`, { value: ((after - before) * 1_024) / sockets, bound: 30, unit: "KB", detail: `${before.toFixed(0)} and ${after.toFixed(0)} MB` })];
  } finally {
    await gateway.stop();
  }
}

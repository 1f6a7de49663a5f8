import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import { OmniError } from "@omni/core";
import type { OpenRuntimeOptions } from "./support/open-gateway.ts";
import type { ServedGateway, ServeGatewayOptions } from "../src/serve-gateway.ts";
import { openRuntime, stalling, temporaryFolder, until } from "./support/open-gateway.ts";
import { askSocket } from "./support/ask-socket.ts";
import { serveGateway } from "../src/serve-gateway.ts";

async function open(options: OpenRuntimeOptions = {}, serve: Partial<ServeGatewayOptions> = {}): Promise<Awaited<ReturnType<typeof openRuntime>> & { readonly served: ServedGateway }> {
  const opened = await openRuntime(options);
  const { runtime, config, host } = opened;
  const served = await serveGateway({ runtime, config, clock: host.clock, pid: 42, version: "1.2.3", ...serve });
  onTestFinished(async () => {
    await runtime.close();
    await served.close();
  });
  return { ...opened, served };
}

const hasLoopbackOfSix = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1"));

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("serveGateway", () => {
  it("is ready when it resolves, and says where in a file of its owner", async () => {
    const { served, config, host } = await open();
    expect((await fetch(`${served.url}/readyz`)).status).toBe(200);
    const file = join(config.paths.state, "gateway.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ url: served.url, socket: served.socketPath, pid: 42, startedAt: new Date(host.clock.now()).toISOString(), version: "1.2.3" });
    expect([mode(file), mode(served.socketPath), served.socketPath]).toEqual(["600", "600", join(config.paths.state, "omni.sock")]);
  });

  it("takes whoever opens the socket for the owner, and nobody else without a token", async () => {
    const { served } = await open();
    const answer = await askSocket(served.socketPath, "POST", "/message", { body: { message: "hi", session_id: "cli:default" } });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, expect.objectContaining({ output: "You said: hi", session_id: "cli:default" })]);
    expect((await fetch(`${served.url}/asks`)).status).toBe(401);
  });

  it("refuses a second gateway of the home and names the first one's pid", async () => {
    const { place, config } = await open();
    const other = await openRuntime({ place, home: config.paths.home });
    await expect(serveGateway({ ...other, clock: other.host.clock, pid: 43, version: "1" })).rejects.toMatchObject({ code: "home.held", message: expect.stringContaining("42") });
    expect(existsSync(join(config.paths.state, "omni.sock"))).toBe(true);
  });

  it("lets requests wait until what a dead one left is taken up, and answers none where that fails", async () => {
    const { runtime, config, host } = await openRuntime();
    const taking = Promise.withResolvers<number>();
    const serving = serveGateway({ runtime: { ...runtime, recover: () => taking.promise }, config, clock: host.clock, pid: 1, version: "1" });
    const file = join(config.paths.state, "gateway.json");
    await until(() => existsSync(file));
    const { socket } = JSON.parse(readFileSync(file, "utf8")) as { socket: string };
    let isAnswered = false;
    const asking = askSocket(socket, "GET", "/readyz").finally(() => (isAnswered = true));
    asking.catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    taking.reject(new Error("it cannot be read"));
    await expect(serving).rejects.toThrow("it cannot be read");
    await expect(asking).rejects.toThrow();
    expect(existsSync(file)).toBe(false);
    await runtime.close();
  });

  it("ends with home.held where another process has taken its home meanwhile", async () => {
    const { runtime, config, host } = await openRuntime();
    let lose: (error: OmniError) => void = () => undefined;
    const served = await serveGateway({ runtime: { ...runtime, onHomeLost: (lost) => ((lose = lost), () => undefined) }, config, clock: host.clock, pid: 1, version: "1" });
    lose(new OmniError("home.held", "another has it"));
    await expect(served.closed).rejects.toMatchObject({ code: "home.held" });
    await expect(fetch(`${served.url}/healthz`)).rejects.toThrow();
  });

  it("replaces the socket that a killed gateway left", async () => {
    const home = temporaryFolder();
    const path = join(home, "state", "omni.sock");
    const script = `require("fs").mkdirSync(${JSON.stringify(dirname(path))}); require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", script]);
    expect(statSync(path).isSocket()).toBe(true);
    const { served } = await open({ home });
    expect((await askSocket(served.socketPath, "GET", "/readyz")).status).toBe(200);
  });

  it("leaves alone what is no socket, and listens nowhere then", async () => {
    const opened = await openRuntime();
    writeFileSync(join(opened.config.paths.state, "omni.sock"), "mine");
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const address = blocker.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise((resolve) => blocker.close(resolve));
    const config = { gateway: { ...opened.config.gateway, port } };
    // Nothing is begun by a start that fails: it would count as an interruption.
    const runtime = { ...opened.runtime, recover: () => expect.unreachable() };
    await expect(serveGateway({ runtime, config, clock: opened.host.clock, pid: 1, version: "1" })).rejects.toMatchObject({ code: "gateway.bind" });
    expect(readFileSync(join(opened.config.paths.state, "omni.sock"), "utf8")).toBe("mine");
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });

  it("puts the socket into a private temporary folder where its path would be too long", async () => {
    const home = join(temporaryFolder(), "x".repeat(100));
    const { served, config } = await open({ home });
    expect([served.socketPath.startsWith(home), mode(served.socketPath), mode(dirname(served.socketPath))]).toEqual([false, "600", "700"]);
    expect(JSON.parse(readFileSync(join(config.paths.state, "gateway.json"), "utf8"))).toMatchObject({ socket: served.socketPath });
    expect((await askSocket(served.socketPath, "GET", "/asks")).status).toBe(200);
    await served.close();
    expect(existsSync(dirname(served.socketPath))).toBe(false);
  });

  it("listens beyond this machine only behind a proxy that is named, and answers to that name", async () => {
    const opened = await openRuntime();
    const config = { gateway: { ...opened.config.gateway, host: "0.0.0.0" } };
    const options = { runtime: opened.runtime, config, clock: opened.host.clock, pid: 1, version: "1" };
    await expect(serveGateway(options)).rejects.toMatchObject({ code: "config.invalid", message: expect.stringContaining("--public-host") });
    const served = await serveGateway({ ...options, publicHosts: ["agent.example"] });
    onTestFinished(() => served.close());
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const ask = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const { port } = new URL(served.url);
        httpRequest({ port, host: "127.0.0.1", path: "/healthz", headers: { host } }, (response) => resolve(response.resume().statusCode)).on("error", reject).end();
      });
    expect([await ask("agent.example"), await ask("0.0.0.0"), await ask("other.example")]).toEqual([200, 403, 403]);
  });

  it.skipIf(!hasLoopbackOfSix)("answers to the IPv6 address that it listens on, as URLs have it, beyond loopback and on it", async () => {
    for (const [host, name] of [["::ffff:127.0.0.1", "[::ffff:7f00:1]"], ["::1", "[::1]"]] as const) {
      const opened = await openRuntime();
      const served = await serveGateway({ runtime: opened.runtime, config: { gateway: { ...opened.config.gateway, host } }, clock: opened.host.clock, pid: 1, version: "1", publicHosts: ["agent.example"] });
      onTestFinished(() => served.close());
      expect(new URL(served.url).hostname).toBe(name);
      expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
    }
  });

  it.each(["", " ", "https://agent.example", "agent.example:443", "agent.example/x", "*.example", "*", "a_b", "localhost", "127.0.0.1", "127.1", "[::1]", "0.0.0.0", "0", "::", "[::]"])("takes %j for no name of a proxy, beyond this machine or on it", async (name) => {
    const { runtime, config, host } = await openRuntime();
    for (const at of ["0.0.0.0", "127.0.0.1"]) {
      const options = { runtime, config: { gateway: { ...config.gateway, host: at } }, clock: host.clock, pid: 1, version: "1", publicHosts: ["agent.example", name] };
      await expect(serveGateway(options)).rejects.toMatchObject({ code: "config.invalid", message: expect.stringContaining("such as agent.example") });
    }
  });

  it("takes up what a dead gateway left before it takes anything new", async () => {
    const first = await open({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const accepted = JSON.parse((await askSocket(first.served.socketPath, "POST", "/message?wait=false", { body: { message: "left behind" } })).body) as { turn_id: string };
    await until(() => (first.place.state.turns.get(accepted.turn_id)?.events.length ?? 0) > 0);
    await first.runtime.close();
    await first.served.close();
    const second = await open({ place: first.place, home: first.config.paths.home });
    await second.runtime.follow(accepted.turn_id)?.outcome;
    expect(JSON.parse((await askSocket(second.served.socketPath, "GET", `/turns/${accepted.turn_id}`)).body)).toMatchObject({ status: "completed", output: "You said: left behind" });
  });
});

describe("closing", () => {
  it("lets a running turn end, refuses new ones meanwhile, and leaves nothing behind", async () => {
    const gate = Promise.withResolvers<void>();
    const { served, place, config, host } = await open({ model: (_said, _request, signal) => stalling(gate.promise, signal, "done") });
    const pending = askSocket(served.socketPath, "POST", "/message", { body: { message: "hi" } });
    await until(() => [...place.state.turns.values()].some((turn) => turn.events.length > 0));
    const closing = served.close();
    expect((await fetch(`${served.url}/readyz`)).status).toBe(503);
    const refused = await askSocket(served.socketPath, "POST", "/message", { body: { message: "late" } });
    expect([refused.status, JSON.parse(refused.body)]).toEqual([503, { error: expect.objectContaining({ code: "gateway.draining" }) }]);
    await host.clock.advance(24_000);
    gate.resolve();
    expect(JSON.parse((await pending).body)).toMatchObject({ status: "completed", output: "done" });
    await closing;
    expect([existsSync(served.socketPath), existsSync(join(config.paths.state, "gateway.json")), place.state.locks.size]).toEqual([false, false, 0]);
    await expect(fetch(`${served.url}/healthz`)).rejects.toThrow();
  });

  it("parks after 25 s what does not end, and tells who waits that it goes on later", async () => {
    const { served, place, host } = await open({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const pending = askSocket(served.socketPath, "POST", "/message", { body: { message: "hi" } });
    await until(() => [...place.state.turns.values()].some((turn) => turn.events.some((event) => event.type === "model-call")));
    const closing = served.close();
    await host.clock.advance(25_000);
    const answer = await pending;
    const [turnId] = [...place.state.turns.keys()];
    expect([answer.status, JSON.parse(answer.body)]).toEqual([503, { error: expect.objectContaining({ code: "gateway.draining" }), turn_id: turnId, session_id: "http:default" }]);
    await closing;
    expect(place.state.turns.get(turnId ?? "")?.outcome).toBeNull();
  });

  it("is begun by the signal too, and happens once", async () => {
    const stopping = new AbortController();
    const { served } = await open({}, { signal: stopping.signal });
    stopping.abort();
    await served.closed;
    await served.close();
    expect(existsSync(served.socketPath)).toBe(false);
  });
});

import { stat } from "node:fs/promises";
import type { AgentParts } from "@omni/agent";
import type { DurableEvent, Host, TurnInput, TurnLimits } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AskDesk } from "./ask-desk.ts";
import type { Channels } from "./channels/create-channels.ts";
import type { Config } from "./config/config.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { IncomingMessage, Runtime } from "./runtime.ts";
import type { Parts } from "./compose.ts";
import type { Registry } from "./registry/registry.ts";
import type { ToolRegistry } from "./tool-registry.ts";
import { compose } from "./compose.ts";
import { createAccessTokens } from "./access-tokens.ts";
import { createAskDesk } from "./ask-desk.ts";
import { createContextSizes } from "./context-sizes.ts";
import { createCommandDesk } from "./commands/create-command-desk.ts";
import { createChannels } from "./channels/create-channels.ts";
import { createConversations } from "./conversations.ts";
import { createDirectProvider, toDirectCall } from "./direct-call.ts";
import { createDispatcher, createLazyInstance } from "./dispatcher.ts";
import { createEarlierTurns } from "./earlier-turns.ts";
import { createIntake } from "./intake.ts";
import { createPersonTools } from "./person-tools.ts";
import { createOpenWindows } from "./session-windows.ts";
import { createSessionQueues } from "./session-queues.ts";
import { createSessionTools } from "./session-tools.ts";
import { createTurnOutbox } from "./channels/turn-outbox.ts";
import { createToolRegistry } from "./tool-registry.ts";
import { holdHome } from "./hold-home.ts";
import { toIdentityBlocks } from "./identity.ts";
import { within } from "./within.ts";
import { toSha256 } from "./sha256.ts";

/** How long the first turns wait for servers to list their tools, in milliseconds; later ones go on with what is known. */
const serversMs = 5_000;

/** Most turns that run at the same time in one process. */
const concurrency = 64;

/** What a runtime is made from. */
export interface RuntimeOptions {
  readonly config: Config;
  readonly registry: Registry;
  readonly host: Host;
  /** What kind of process this is, and its id, for people who look at who owns what. */
  readonly process: { readonly kind: string; readonly pid: number };
}

const alwaysKind = "always-allowed";

/** Composes a runtime: the same for a one-shot task, a chat, the gateway, a test and an example. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config, host } = options;
  const parts = await compose(options);
  const { store } = parts;
  const tools = createToolRegistry([...parts.toolsets, createSessionTools(store), createPersonTools()], host.log);
  const listed = within(host.clock, serversMs, tools.ready());
  const desk = createAskDesk(host.clock);
  const queues = createSessionQueues(concurrency);
  const instance = createLazyInstance(store, options.process);
  const conversations = createConversations(store);
  const answer: Runtime["answer"] = async (askId, reply, principal) => {
    const open = desk.answer(askId, reply, principal);
    if ("decision" in reply && reply.decision === "always") await rememberAlways(open.ask.digest, open.ask.tool, host, parts);
  };
  const channels = createChannels({ composition: options, store, conversations, submit: (message) => intake(message), asks: desk.open, answer });
  const outbox = createTurnOutbox(channels.lengthOf, channels.wake);
  const runner = { store, outbox, clock: host.clock, log: host.log, instance: instance.get, partsOf: createPartsOf(options, parts, { tools, desk, listed }) };
  const complete = (message: IncomingMessage, identity: { readonly turnId: string; readonly sessionId: string }): Promise<TurnInput> =>
    toTurnInput(message, identity, { config, parts, host });
  const dispatcher = createDispatcher({ store, clock: host.clock, random: host.random, queues, runner, complete });
  let closing: Promise<void> | undefined;

  const runtime: Runtime = {
    paths: host.paths,
    log: host.log,
    store,
    tools,
    listed: () => listed,
    defaultModel: (signal) => parts.provider.defaultModel(signal),
    windowCapacity: parts.windows.capacity,
    tokens: createAccessTokens(store, host.clock, host.random),
    warnings: config.warnings,
    submit: (message) => intake(message),
    follow: dispatcher.follow,
    turn: (turnId) => store.turn(turnId),
    cancel: dispatcher.cancel,
    recover: dispatcher.recover,
    asks: desk.open,
    onAsks: desk.onChange,
    answer,
    startChannels: channels.start,
    channels: channels.list,
    holdHome: (info) => holdHome(info, store, host),
    async drain(timeoutMs) {
      dispatcher.refuse();
      channels.deafen();
      await within(host.clock, timeoutMs, parkWaiting(desk, dispatcher, queues.idle()).then(channels.delivered));
    },
    close: () => (closing ??= shut({ dispatcher, channels, idle: queues.idle, ends: [channels.close, instance.leave, tools.close, parts.close] })),
  };
  const intake = createIntake(conversations, dispatcher.submit, createCommandDesk({ store, provider: parts.provider, conversations, random: host.random, runtime, submit: dispatcher.submit }));
  return runtime;
}

/** Takes nothing more in, parks what runs, and frees everything in order. */
async function shut({ dispatcher, channels, idle, ends }: { readonly dispatcher: Dispatcher; readonly channels: Channels; idle(): Promise<void>; readonly ends: readonly (() => Promise<void>)[] }): Promise<void> {
  dispatcher.refuse();
  channels.deafen();
  dispatcher.park();
  await idle();
  for (const end of ends) await end();
}

/** Parks turns that wait for a person, now and as they come to it, until everything is idle: such a turn may wait for a day, and goes on at the next start. */
async function parkWaiting(desk: AskDesk, dispatcher: Dispatcher, idle: Promise<void>): Promise<void> {
  const park = (): void => dispatcher.park(desk.open().map((open) => open.turnId));
  const stopWatching = desk.onChange(park);
  park();
  await idle.finally(stopWatching);
}

async function rememberAlways(digest: string, tool: string, host: Host, parts: Parts): Promise<void> {
  await parts.store.putDocument(alwaysKind, digest, { tool, at: host.clock.now() });
}

/** The parts of a turn: the same composition for all, with what is the turn's own. */
function createPartsOf(options: RuntimeOptions, parts: Parts, desks: { readonly tools: ToolRegistry; readonly desk: AskDesk; readonly listed: Promise<void> }) {
  const { config, host } = options;
  const earlier = createEarlierTurns(parts.store);
  const windows = createOpenWindows(parts.windows, parts.store, earlier);
  // Needed by the first call of a tool, not by the start.
  const validator = import("./schema-validator.ts").then((module) => module.createSchemaValidator());
  validator.catch(() => undefined);
  const contextSize = createContextSizes(config.agent.contextTokens, parts.provider, host.log);
  const identity = toIdentityBlocks();
  return async (input: TurnInput, recorded: readonly DurableEvent[], attempt: number): Promise<AgentParts> => {
    await desks.listed;
    const direct = toDirectCall(input.text, (name) => desks.tools.find(name) !== undefined);
    return {
      provider: direct === undefined ? parts.provider : createDirectProvider(direct),
      tools: direct === undefined ? desks.tools : { list: () => [], find: desks.tools.find },
      policy: parts.policy,
      window: await windows.of(input.sessionId),
      ...(parts.memory === undefined || direct !== undefined ? {} : { memory: parts.memory }),
      scopes: [{ scope: "session", owner: input.sessionId }],
      hooks: parts.hooks,
      clock: host.clock,
      random: host.random,
      log: host.log,
      tokens: host.tokens,
      identity,
      limits: { ...toLimits(config), ...input.limits },
      contextTokens: direct === undefined ? await contextSize(input.model) : Number.MAX_SAFE_INTEGER,
      recorded,
      attempt,
      history: earlier.load,
      offload: (text) => parts.store.putText(input.sessionId, input.turnId, text),
      ask: (event, signal) => desks.desk.wait(event, input, signal),
      isAlwaysAllowed: async (digest) => (await parts.store.getDocument(alwaysKind, digest)) !== undefined,
      takeSteering: () => [],
      validate: await validator,
      digest: toSha256,
    };
  };
}

function toLimits(config: Config): TurnLimits {
  const { maxRounds, repeatLimit, turnTimeoutMs, toolTimeoutMs, maxTokens } = config.agent;
  return { maxRounds, repeatLimit, timeoutMs: turnTimeoutMs, toolTimeoutMs, maxTokens: maxTokens ?? Number.POSITIVE_INFINITY };
}

async function toTurnInput(
  message: IncomingMessage,
  identity: { readonly turnId: string; readonly sessionId: string },
  from: { readonly config: Config; readonly parts: Parts; readonly host: Host },
): Promise<TurnInput> {
  const workspace = message.workspace ?? from.host.paths.workspace;
  const found = await stat(workspace).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new OmniError("workspace.not-found", `The workspace ${workspace} does not exist or is no folder; make it, or name another with --workspace.`);
  return {
    ...identity,
    text: message.text,
    ...(message.attachments === undefined ? {} : { attachments: message.attachments }),
    principal: message.principal,
    autonomy: message.autonomy ?? from.parts.policy.autonomy,
    workspace,
    origin: message.origin,
    ...(message.conversation === undefined ? {} : { conversation: message.conversation }),
    interactive: message.interactive,
    ...(message.model === undefined ? {} : { model: message.model }),
    ...(message.limits === undefined ? {} : { limits: message.limits }),
    at: from.host.clock.now(),
  };
}

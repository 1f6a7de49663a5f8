import type { Host, TurnInput } from "@omni/core";
import type { AskDesk } from "./ask-desk.ts";
import type { Channels } from "./channels/create-channels.ts";
import type { Config } from "./config/config.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { IncomingMessage, Runtime } from "./runtime.ts";
import type { Parts } from "./compose.ts";
import type { Registry } from "./registry/registry.ts";
import { closeInTime } from "./close-in-time.ts";
import { compose } from "./compose.ts";
import { createAccessTokens } from "./access-tokens.ts";
import { createAftercare } from "./aftercare.ts";
import { createAskDesk } from "./ask-desk.ts";
import { createChannels } from "./channels/create-channels.ts";
import { createCommandDesk } from "./commands/create-command-desk.ts";
import { createConsolidationRecords } from "./consolidation/consolidation-record.ts";
import { createConversations } from "./conversations.ts";
import { createDispatcher } from "./dispatcher.ts";
import { createEarlierTurns } from "./earlier-turns.ts";
import { createIntake } from "./intake.ts";
import { createJoinedTurns } from "./joined-turn.ts";
import { createKeyedCommands } from "./commands/keyed-commands.ts";
import { createOpenWindows } from "./session-windows.ts";
import { createPersonTools } from "./person-tools.ts";
import { createSessionQueues } from "./session-queues.ts";
import { createSessionTools } from "./session-tools.ts";
import { createSuspectLine } from "./suspect-line.ts";
import { createSteeringDesk } from "./steering-desk.ts";
import { toDirectCall } from "./direct-call.ts";
import { createToolRegistry } from "./tool-registry.ts";
import { createTurnOutbox } from "./channels/turn-outbox.ts";
import { createTurnParts } from "./turn-parts.ts";
import { eraseSession } from "./erase-session.ts";
import { resetSession } from "./reset-session.ts";
import { createHomeHold } from "./hold-home.ts";
import { createOwnInstance } from "./own-instance.ts";
import { rememberAlways } from "./always-allowed.ts";
import { within } from "./within.ts";
import { createWorkspaceCheck } from "./workspace-check.ts";

/** How long the first turns wait for servers to list their tools, in milliseconds; later ones go on with what is known. */
const serversMs = 5_000;

/** What a runtime is made from. */
export interface RuntimeOptions {
  readonly config: Config;
  readonly registry: Registry;
  readonly host: Host;
  /** What kind of process this is, and its id, for people who look at who owns what. */
  readonly process: { readonly kind: string; readonly pid: number };
}

/** Composes a runtime: the same for a one-shot task, a chat, the gateway, a test and an example. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config, host } = options;
  const parts = await compose(options);
  const { store } = parts;
  const tools = createToolRegistry([...parts.toolsets, createSessionTools(store), createPersonTools()], host.log);
  let listing: Promise<void> | undefined;
  const listed = (): Promise<void> => (listing ??= within(host.clock, serversMs, tools.ready()));
  const desk = createAskDesk(host.clock, (ask, sessionId) => rememberAlways(ask, sessionId, store, host.clock));
  const queues = createSessionQueues(config.agent.maxConcurrentTurns);
  const home = createHomeHold(store, host);
  const own = createOwnInstance(store, { info: options.process, state: host.paths.state, rejoined: home.renew });
  const conversations = createConversations(store);
  const keyed = createKeyedCommands(store, host.clock, host.log);
  const channels = createChannels({ composition: options, store, conversations, submit: (message) => intake(message), asks: desk.open, answer: desk.answer });
  const earlier = createEarlierTurns(store);
  const windows = createOpenWindows(parts.windows, { store, earlier, records: createConsolidationRecords(store) });
  const aftercare = createAftercare({ composition: options, parts, windows, earlier });
  const steering = createSteeringDesk((text) => toDirectCall(text, (name) => tools.find(name) !== undefined) !== undefined);
  const partsOf = createTurnParts(options, parts, { steering, queues, tools, desk, listed, windows, earlier, aftercare });
  const runner = { store, outbox: createTurnOutbox(channels.lengthOf, channels.wake), suspects: createSuspectLine(), joined: createJoinedTurns(store), clock: host.clock, log: host.log, own, partsOf, ended: aftercare.ended, begins: steering.leave };
  const checkWorkspace = createWorkspaceCheck(host.clock);
  const complete = (message: IncomingMessage, identity: { readonly turnId: string; readonly sessionId: string }): Promise<TurnInput> => toTurnInput(message, identity, { parts, host, checkWorkspace });
  const dispatcher = createDispatcher({ store, steering, clock: host.clock, random: host.random, queues, runner, complete, queueLimit: config.agent.maxQueuedTurns });
  let closing: Promise<void> | undefined;

  const runtime: Runtime = {
    paths: host.paths,
    log: host.log,
    store,
    storeFault: parts.storeFault,
    tools,
    memory: parts.memory,
    listed,
    defaultModel: (signal) => parts.provider.defaultModel(signal),
    windowCapacity: parts.windows.capacity,
    tokens: createAccessTokens(store, host.clock, host.random),
    warnings: config.warnings,
    submit: (message) => intake(message),
    follow: dispatcher.follow,
    find: dispatcher.find,
    turn: (turnId) => store.turn(turnId),
    cancel: dispatcher.cancel,
    recover: dispatcher.recover,
    deleteSession: (sessionId) => eraseSession(sessionId, host.clock.now(), { store, memory: parts.memory, toolsets: parts.toolsets, records: aftercare.records, consolidator: aftercare.consolidator, credit: aftercare.credit, conversations: { forget: async (id) => void (await Promise.all([conversations.forget(id), keyed.forget(id)])) }, earlier }),
    resetSession: (sessionId) => resetSession(sessionId, { store, records: aftercare.records }),
    asks: desk.open,
    onAsks: desk.onChange,
    answer: desk.answer,
    startChannels: channels.start,
    channels: channels.list,
    receive: channels.receive,
    holdHome: home.take,
    onHomeLost: home.onLost,
    drain: (timeoutMs) => within(host.clock, timeoutMs, drain({ dispatcher, channels, desk, idle: queues.idle })),
    rest: aftercare.consolidator.idle,
    close: () => (closing ??= shut({ dispatcher, channels, idle: queues.idle, ends: [channels.close, () => closeInTime("aftercare", aftercare.close, host), own.leave, async () => tools.close(), parts.close] })),
  };
  const intake = createIntake(createCommandDesk({ parts, conversations, aftercare, random: host.random, clock: host.clock, runtime, submit: dispatcher.submit, config }), keyed);
  return runtime;
}

/** Takes nothing more in, parks what runs, and frees everything in order. Goes on past what fails and throws the first error. */
async function shut({ dispatcher, channels, idle, ends }: { readonly dispatcher: Dispatcher; readonly channels: Channels; idle(): Promise<void>; readonly ends: readonly (() => Promise<void>)[] }): Promise<void> {
  dispatcher.refuse();
  channels.deafen();
  dispatcher.park();
  // What was being taken in meanwhile is left to the next start as well.
  await dispatcher.settled();
  dispatcher.park();
  await idle();
  const failures: unknown[] = [];
  for (const end of ends) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Takes nothing more in; resolves when what runs has ended and is delivered. */
async function drain({ dispatcher, channels, desk, idle }: { readonly dispatcher: Dispatcher; readonly channels: Channels; readonly desk: AskDesk; idle(): Promise<void> }): Promise<void> {
  dispatcher.refuse();
  channels.deafen();
  await parkWaiting(desk, dispatcher, dispatcher.settled().then(idle));
  await channels.delivered();
}

/** Parks turns that wait for a person, and what waits behind them, now and as they come to it, until everything is idle: such a turn may wait for a day, and goes on at the next start. */
async function parkWaiting(desk: AskDesk, dispatcher: Dispatcher, idle: Promise<void>): Promise<void> {
  const park = (): void => dispatcher.park(desk.open().map((open) => open.turnId));
  const stopWatching = desk.onChange(park);
  park();
  await idle.finally(stopWatching);
}

async function toTurnInput(
  message: IncomingMessage,
  identity: { readonly turnId: string; readonly sessionId: string },
  from: { readonly parts: Parts; readonly host: Host; checkWorkspace(workspace: string): Promise<void> },
): Promise<TurnInput> {
  const workspace = message.workspace ?? from.host.paths.workspace;
  await from.checkWorkspace(workspace);
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
    ...(message.mode === undefined ? {} : { mode: message.mode }),
    at: from.host.clock.now(),
  };
}

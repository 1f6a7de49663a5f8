export type { JsonObject, JsonSchema, JsonValue } from "./json.ts";
export type { AudioContent, ContentBlock, ImageContent, ResourceContent, ResourceLinkContent, TextContent } from "./content.ts";
export type { AssistantMessage, Message, ToolCall, ToolMessage, UserMessage } from "./message.ts";
export type { FinishReason, ModelEvent, ModelInfo, ModelRequest, Provider, ToolDefinition, Usage } from "./provider.ts";
export type { AskRequest, Effect, Tool, ToolAnnotations, ToolContext, ToolResult, Toolset } from "./tool.ts";
export type { Action, ActionKind, Autonomy, PolicyDecision, PolicyRequest, Principal, Scope, SecurityPolicy } from "./security-policy.ts";
export type {
  Episode,
  ExportedEpisode,
  GateDecision,
  Memory,
  MemoryNeighbour,
  MemoryScope,
  MemorySource,
  MemoryStanding,
  MemoryStats,
  NewEpisode,
  RecalledEpisode,
  RecallOptions,
  Reinforcement,
  ScopeReference,
  TendReport,
} from "./memory.ts";
export { toSearchFloor } from "./search-floor.ts";
export type { SessionWindow, SessionWindows, TurnSlot, WindowState, WindowStats } from "./session-window.ts";
export type { Embedder, EmbeddingIdentity } from "./embedder.ts";
export type { Containment, Sandbox } from "./sandbox.ts";
export type { Channel, ChannelCapabilities, InboundHandler, InboundMessage, OutboundMessage } from "./channel.ts";
export type { WebhookRequest, WebhookResponse } from "./webhook.ts";
export type { Hook, HookContext, HookVeto } from "./hook.ts";
export type { Clock } from "./clock.ts";
export type { Random } from "./random.ts";
export type { Log, LogFields } from "./log.ts";
export type { Secrets } from "./secrets.ts";
export type { Egress, EgressOptions } from "./egress.ts";
export type { FileEntry, FileGuard, Files, RootedFiles } from "./files.ts";
export type { Spawn, SpawnedProcess, SpawnExit, SpawnRequest } from "./spawn.ts";
export type { TerminalDevice } from "./terminal-device.ts";
export type { TokenCounter } from "./token-counter.ts";
export type { Host, HostPaths } from "./host.ts";
export type { QueueMode, TurnEndStatus, TurnError, TurnInput, TurnLimits, TurnOutcome, TurnStatus, ToolCallStatus } from "./turn.ts";
export type { TurnRecord } from "./turn-record.ts";
export type { SessionRecord } from "./session-record.ts";
export type { OutboxRow } from "./outbox.ts";
export type { AcceptResult, ClaimResult, HeldTurn, Instance, LockResult, NewTurn, Store, StoreHealth } from "./store.ts";
export type {
  AgentEvent,
  AnswerEvent,
  AskEvent,
  BudgetClasses,
  DurableEvent,
  ModelCallEvent,
  ModelReplyEvent, ParkEvent,
  PromptBlock,
  PromptEvent,
  SteerEvent,
  StepEvent,
  ToolCallEvent,
  ToolResultEvent,
  TransientEvent,
  TrimEvent,
  TurnEndEvent,
  TurnStartEvent,
} from "./agent-event.ts";
export { durability, isCompanion, isDurable, isReading, mayBeLostWithPower } from "./agent-event.ts";
export type { OmniModule, OptionsSchema, SlotName, Slots } from "./implementation.ts";
export type { OmniErrorCode, OmniErrorOptions } from "./errors.ts";
export { errorCodes, isOmniError, OmniError, toOmniError } from "./errors.ts";

import type { JsonObject, JsonSchema, JsonValue, ToolDefinition } from "@omni/core";
import type { NounConcept, VerbConcept } from "./lexicon.ts";
import { toStem } from "./fold-word.ts";
import { toNoun, toVerb } from "./lexicon.ts";

/** What a property takes, judged by its type, name and description. */
export type PropertyKind = "url" | "file" | "folder" | "path" | "glob" | "text" | "string" | "count" | "start" | "whole" | "other";

/** One argument of a tool. */
export interface ToolProperty {
  readonly name: string;
  readonly kind: PropertyKind;
  readonly isRequired: boolean;
  readonly description: string;
  readonly stems: ReadonlySet<string>;
}

/** What a tool says of itself, made comparable with the words of a message. */
export interface ToolProfile {
  readonly name: string;
  /** Stems of the name's parts; `command` without the owner. */
  readonly nameStems: ReadonlySet<string>;
  readonly commandStems: ReadonlySet<string>;
  /** Stems of the first sentence of the description. */
  readonly sentenceStems: ReadonlySet<string>;
  /** How plainly the tool is about something. */
  readonly nouns: ReadonlyMap<NounConcept, number>;
  /** How plainly the tool does something. */
  readonly verbs: ReadonlyMap<VerbConcept, number>;
  readonly properties: readonly ToolProperty[];
}

/** A verb in the name says most, then the first word of the description, then its first sentence. */
const verbWeights = { name: 4, first: 3, sentence: 1.5 };
const nounWeights = { name: 2, text: 1 };

/** Profiles a tool by its definition alone; no tool is known by name. */
export function toToolProfile(tool: ToolDefinition): ToolProfile {
  const [, ...command] = tool.name.split(".");
  const nameWords = toNameWords(tool.name);
  const sentence = toWordList(tool.description.split(/[.:;]\s|[.:;]$/)[0] ?? "");
  const properties = toProperties(tool.inputSchema);
  const verbs = new Map<VerbConcept, number>();
  const nouns = new Map<NounConcept, number>();
  const raiseVerb = (word: string, weight: number): void => raise(verbs, toVerb(word), weight);
  for (const [index, word] of sentence.entries()) raiseVerb(word, index === 0 ? verbWeights.first : verbWeights.sentence);
  for (const word of nameWords) raiseVerb(word, verbWeights.name);
  for (const word of [...toWordList(tool.description), ...properties.flatMap((property) => [property.name, ...toWordList(property.description)])]) raise(nouns, toNoun(word), nounWeights.text);
  for (const word of nameWords) raise(nouns, toNoun(word), nounWeights.name);
  return {
    name: tool.name,
    nameStems: new Set(nameWords.map(toStem)),
    commandStems: new Set((command.length > 0 ? command : [tool.name]).flatMap(toNameWords).map(toStem)),
    sentenceStems: new Set(sentence.map(toStem)),
    nouns,
    verbs,
    properties,
  };
}

function raise<Concept>(weights: Map<Concept, number>, concept: Concept | undefined, weight: number): void {
  if (concept !== undefined) weights.set(concept, Math.max(weight, weights.get(concept) ?? 0));
}

/** `get_forecast`, `getForecast` and `get-forecast` are two words. */
function toNameWords(name: string): readonly string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[\s._/-]+/)
    .filter((word) => word !== "");
}

function toWordList(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}

function toProperties(schema: JsonSchema): readonly ToolProperty[] {
  const properties = schema["properties"];
  if (!isObject(properties)) return [];
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  return Object.entries(properties).flatMap(([name, property]) => {
    if (!isObject(property)) return [];
    const description = typeof property["description"] === "string" ? property["description"] : "";
    const stems = new Set([...toNameWords(name), ...toWordList(description)].map(toStem));
    return [{ name, kind: toPropertyKind(name, property, description), isRequired: required.has(name), description, stems }];
  });
}

function toPropertyKind(name: string, property: JsonObject, description: string): PropertyKind {
  const type = property["type"];
  if (type === "integer" || type === "number") {
    if (/^(?:limit|count|max.*|num.*|n|top|size|lines|results)$/i.test(name)) return "count";
    return /^(?:offset|start.*|from|first|skip)$/i.test(name) ? "start" : "whole";
  }
  if (type !== "string" || property["enum"] !== undefined) return "other";
  if (property["format"] === "uri" || /^(?:url|uri|link|href)$/i.test(name)) return "url";
  const lead = toWordList(description).slice(0, 12);
  if (/glob|wildcard/i.test(`${name} ${lead.join(" ")}`)) return "glob";
  if (/(?:^|_)(?:query|pattern|regexp?|text|q|search|terms?|keywords?|phrase|intent|question|topic|subject)$/i.test(name)) return "text";
  if (/path|file|folder|dir(?:ectory)?$|^cwd$|^root$/i.test(name)) return toPathProperty(name, lead);
  return "string";
}

/** Whether a path is one of files, of folders or of both, by its name and the head of its description. */
function toPathProperty(name: string, lead: readonly string[]): PropertyKind {
  const concepts = new Set([...toNameWords(name), ...lead.slice(0, 5)].map(toNoun));
  if (concepts.has("file") === concepts.has("folder")) return "path";
  return concepts.has("file") ? "file" : "folder";
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

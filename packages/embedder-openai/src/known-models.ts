/** OpenAI's address, as its API reference gives it. */
export const openAIBaseUrl = "https://api.openai.com/v1";

/** OpenAI's smaller current model: a fifth of the larger one's price. */
export const defaultModelId = "text-embedding-3-small";

/** Numbers of a vector, as the models' own pages give them; for Ollama's, its library's. A tag (`:latest`) and what stands before a slash do not count. */
const dimensionsOf: Readonly<Record<string, number>> = {
  "text-embedding-3-small": 1536,
  "text-embedding-3-large": 3072,
  "text-embedding-ada-002": 1536,
  "nomic-embed-text": 768,
  "nomic-embed-text-v1.5": 768,
  "mxbai-embed-large": 1024,
  "mxbai-embed-large-v1": 1024,
  "all-minilm": 384,
  "all-MiniLM-L6-v2": 384,
  "bge-m3": 1024,
  "bge-small-en-v1.5": 384,
  "bge-base-en-v1.5": 768,
  "bge-large-en-v1.5": 1024,
  "snowflake-arctic-embed": 1024,
  embeddinggemma: 768,
};

/** How many numbers a vector of the model has; undefined where it is not known. */
export function toKnownDimensions(model: string): number | undefined {
  const name = (model.split("/").at(-1) ?? model).replace(/:(?:latest|v[\d.]+)$/, "");
  return Object.hasOwn(dimensionsOf, name) ? dimensionsOf[name] : undefined;
}

/** True for models that are known to give shorter vectors when asked. Other servers refuse a request that asks. */
export function isShortening(model: string): boolean {
  return /(?:^|\/)text-embedding-3-/.test(model);
}

/** Words for pictures in refusals: those of OpenAI, Gemini, Anthropic, DeepSeek, vLLM, LM Studio, Ollama and GLM; Groq only says that content must be a string. */
const pictures = /image|picture|photo|multi-?modal|\bvision\b|content\b.{0,20}must be a string|图[片像]/i;

/** A model without eyes, in words of llama.cpp (500: image input is not supported) and OpenRouter (404: No endpoints found that support image input). */
const unsupported = /\b(image|picture)s?\b.{0,40}support|support.{0,40}\b(image|picture)/i;

/** True where a refusal names the pictures of a request. */
export function namesPictures(refusal: string): boolean {
  return pictures.test(refusal);
}

/** True where a status of another meaning refuses pictures: no other model name, no shorter conversation and no second try helps. */
export function isPictureRefusal(status: number, words: string): boolean {
  return status === 413 ? pictures.test(words) : (status === 404 || status === 500) && unsupported.test(words);
}

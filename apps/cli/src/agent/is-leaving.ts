/** True for what ends a chat and is said to the chat itself, not to the assistant. */
export function isLeaving(text: string): boolean {
  return /^\/(?:exit|quit)$/i.test(text.trim());
}

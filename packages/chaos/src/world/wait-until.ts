/** Resolves true once `test` holds, false when it does not within `limitMs`. Looks again every `everyMs`. */
export async function waitUntil(test: () => boolean | Promise<boolean>, limitMs: number, everyMs = 40): Promise<boolean> {
  const until = performance.now() + limitMs;
  for (;;) {
    if (await test()) return true;
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

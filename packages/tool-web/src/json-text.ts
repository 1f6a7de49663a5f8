/** Longest JSON that is set in lines. */
const mostCharacters = 65_536;

/** Deepest level that is still indented. */
const deepest = 20;

/** Small JSON set in lines; anything else as it is. Strings and numbers keep every character, so that no long number is rounded. */
export function toJsonText(text: string): string {
  if (text.length > mostCharacters || !isJson(text)) return text;
  let result = "";
  let depth = 0;
  const toLine = (): string => `\n${"  ".repeat(Math.min(depth, deepest))}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  for (const [index, token] of tokens.entries()) {
    const isEmpty = /^[}\]]$/.test(token) && /^[{[]$/.test(tokens[index - 1] ?? "");
    if (token === "}" || token === "]") {
      depth -= 1;
      result += isEmpty ? token : toLine() + token;
      continue;
    }
    if (/^[{[]$/.test(tokens[index - 1] ?? "")) result += toLine();
    result += token;
    if (token === "{" || token === "[") depth += 1;
    else if (token === ",") result += toLine();
    else if (token === ":") result += " ";
  }
  return result;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

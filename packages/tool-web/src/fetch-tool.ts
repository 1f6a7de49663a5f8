import type { Tool } from "@omni/core";
import type { WebToolParts } from "./create-web-tool.ts";
import { toAnswerResult } from "./answer-result.ts";
import { fetchAnswer } from "./fetch-answer.ts";
import { toPageUrl } from "./page-url.ts";
import { toText, toWhole } from "./tool-input.ts";
import { toFailedResult } from "./tool-output.ts";

/** `web.fetch`: gets an address of the open world and gives it as readable text. */
export function createFetchTool(parts: WebToolParts): Tool {
  const { pageBytes, mostPageBytes } = parts.options;
  return {
    name: "web.fetch",
    description: "Fetches a web page and gives its main article as readable text with its links, without menus; also plain text, JSON, feeds and pictures. It runs no scripts. A redirect to another host is not followed: the result names the address, for a call of its own.",
    inputSchema: {
      type: "object",
      properties: {
        url: { type: "string", minLength: 1, description: "Address to fetch, http or https." },
        maxBytes: { type: "integer", minimum: 1, description: `Most bytes of the page to read. Default ${pageBytes}, at most ${mostPageBytes}.` },
      },
      required: ["url"],
      additionalProperties: false,
    },
    annotations: { title: "Fetch a web page", readOnlyHint: true, openWorldHint: true },
    effect: "read",
    action(input) {
      const url = toPageUrl(toText(input, "url"));
      return { kind: "read-open", hosts: url === undefined ? [] : [url.hostname] };
    },
    async execute(input, context) {
      const written = toText(input, "url");
      const url = toPageUrl(written);
      if (url === undefined) return toFailedResult(`${JSON.stringify(written.slice(0, 200))} is no address of the web; write it whole, with https:// or http://.`);
      context.signal.throwIfAborted();
      const answer = await fetchAnswer(parts, url, toWhole(input, "maxBytes", pageBytes, mostPageBytes), context.signal);
      return toAnswerResult(answer, parts.options);
    },
  };
}

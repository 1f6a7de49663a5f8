import { describeTool } from "@omni/testkit";
import { createWebTool, webToolOptions } from "../src/index.ts";
import { articlePage } from "./pages.ts";
import { resultsPage } from "./search-pages.ts";
import { openWeb, page } from "./web-place.ts";

describeTool(
  "tool-web",
  async () => {
    const place = await openWeb({
      "/article": page("text/html", articlePage),
      "/pdf": page("application/pdf", "%PDF-1.7"),
      "/html/": page("text/html", resultsPage),
      "/silent": () => undefined,
    });
    return {
      toolset: createWebTool(webToolOptions.parse({ engines: [{ use: "duckduckgo", baseUrl: place.base }] }), place.host),
      samples: [
        { tool: "web.fetch", input: { url: `${place.base}/article` } },
        { tool: "web.search", input: { query: "harbour", limit: 2 } },
      ],
      failing: [
        { tool: "web.fetch", input: { url: "file:///etc/passwd" } },
        { tool: "web.fetch", input: { url: `${place.base}/none` } },
        { tool: "web.fetch", input: { url: `${place.base}/pdf` } },
        { tool: "web.search", input: { query: " " } },
      ],
      slow: { tool: "web.fetch", input: { url: `${place.base}/silent` } },
      state: async () => null,
      // The little web is real, so time is real too.
      elapse: (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds)),
      dispose: () => place.close(),
    };
  },
  { abilities: ["waits"], skip: { T11: "both tools only read", T12: "the list of web tools never changes" } },
);

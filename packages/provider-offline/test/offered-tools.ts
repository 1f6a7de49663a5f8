import type { JsonObject, ToolDefinition } from "@omni/core";

/** The tools of a usual session, as a provider sees them. */
export const offeredTools: readonly ToolDefinition[] = [
  tool("files.edit", false, "Replaces a piece of text in a file. The old text must occur exactly once.", { path: "File to change.", old: "Text to replace.", new: "Text to put there." }),
  tool("files.glob", true, "Finds files by a pattern of their path, sorted. Gives files only, paths relative to the workspace.", { pattern: "Glob relative to path: `*.md` matches in that folder, `**/*.ts` also in every folder below; `{a,b}` and `[a-z]` work. Hidden names, .git and node_modules match only when the glob names them.", "path?": "Folder to look in, relative to the workspace. Default: the workspace itself." }),
  tool("files.grep", true, "Searches the text of files for a pattern, line by line. Gives path:line: text for each match; binary files are passed over.", { pattern: "JavaScript regular expression to search for; (?i) at its head ignores case. Put a backslash before . ( [ { * + ? | ^ $ that stand for themselves.", "path?": "File or folder to search, relative to the workspace. Default: the workspace itself, without .git and node_modules.", "glob?": "Search only files that match this glob: `*.ts` by name, `src/**/*.ts` by path.", "context?": 0, contextText: "Number of lines to show before and after each match, marked with -. Default 0." }),
  tool("files.list", true, "Lists the files and folders in a folder, hidden ones too, with sizes. Paths are relative to the workspace; folders end with /.", { "path?": "Folder to list, relative to the workspace. Default: the workspace itself.", "depth?": 0, depthText: "Levels of folders to list: 1 is this folder alone. Default 1. .git and node_modules are entered only when path names them." }),
  tool("files.read", true, "Reads a file: text by lines, or a picture (PNG, JPEG, GIF, WebP). A long file comes in parts; the last line of the result says how to go on.", { path: "File to read, relative to the workspace.", "offset?": 0, offsetText: "Number of the first line to read, from 1. Default 1.", "limit?": 0, limitText: "Number of lines to read. Default 2000; at most 262144 bytes are given." }),
  tool("files.write", false, "Writes a text file whole: makes it, with missing folders, or replaces what is there.", { path: "File to write.", content: "All of the new content." }),
  tool("memory.forget", false, "Forgets an episode of memory.", { id: "Id of the episode." }),
  tool("memory.save", false, "Saves a text to memory.", { text: "What to keep.", "kind?": "Kind of episode." }),
  tool("memory.search", true, "Searches memory for what was said or learned before.", { query: "What to look for.", "limit?": 0, limitText: "Most episodes to give. Default 5." }),
  tool("message.send", false, "Sends a message to a permitted recipient.", { to: "Recipient.", text: "Words to send." }),
  tool("omni.discover", true, "Finds further tools for an intent and makes them callable.", { intent: "What you want to do.", "limit?": 0, limitText: "Most tools to give. Default 5." }),
  tool("session.page", true, "Reads the rest of a long result that was cut.", { checkpointId: "Id that stands in the cut result.", "offset?": 0, offsetText: "Character to begin at." }),
  tool("shell.run", false, "Runs a command.", { command: "Command line to run.", "cwd?": "Folder to run it in." }),
  tool("web.fetch", true, "Fetches a web page or document and gives its text.", { url: "Address to fetch, http or https.", "maxBytes?": 0, maxBytesText: "Most bytes to read." }),
  tool("web.search", true, "Searches the web.", { query: "What to search for.", "limit?": 0, limitText: "Most results to give. Default 5." }),
];

/** Tools of servers, for which no word of this package was chosen. */
export const foreignTools: readonly ToolDefinition[] = [
  tool("weather.get_forecast", true, "Gets the weather forecast for a city.", { city: "Name of the city." }),
  tool("clock.list_timezones", true, "Lists the timezones that are known.", {}),
  tool("calendar.list_events", true, "Lists events of the calendar.", { "limit?": 0, limitText: "Most events to give." }),
  tool("calendar.delete_event", false, "Deletes an event.", { id: "Id of the event." }),
];

/** A definition. A name that ends in ? is optional; a number makes the property an integer, described by the entry NAMEText. */
function tool(name: string, readOnly: boolean, description: string, parameters: Readonly<Record<string, string | number>>): ToolDefinition {
  const properties: Record<string, JsonObject> = {};
  const required: string[] = [];
  for (const [key, value] of Object.entries(parameters)) {
    if (key.endsWith("Text")) continue;
    const property = key.replace("?", "");
    if (property === key) required.push(property);
    properties[property] = typeof value === "number" ? { type: "integer", description: String(parameters[`${property}Text`] ?? "") } : { type: "string", description: value };
  }
  return { name, description, readOnly, inputSchema: { type: "object", properties, required, additionalProperties: false } };
}

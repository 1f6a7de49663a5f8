/** One thing that an event stream says. */
export type EventStreamItem =
  /** A line that begins with a colon, without it and the space after it. */
  | { readonly kind: "comment"; readonly text: string }
  /** An event; `id` is the newest id of the stream so far, `event` is `message` where the stream names none. */
  | { readonly kind: "event"; readonly event: string; readonly id: string; readonly data: string };

/** Reads server-sent events out of text that comes in pieces. */
export interface EventStreamParser {
  /** Everything that the text so far makes complete and was not told before. An event is complete with the empty line after it. */
  push(text: string): readonly EventStreamItem[];
}

/**
 * Makes a parser of `text/event-stream` as the HTML standard defines it: lines
 * end with LF, CR or CRLF, also where a piece ends between the two; several
 * `data` lines are one text; an event without data is none; a byte order mark
 * at the start is no part of it. `retry` is not used. It holds no more than the event that is not complete yet.
 */
export function createEventStreamParser(): EventStreamParser {
  const event = createEventBuilder();
  let rest = "";
  let isFirst = true;
  return {
    push(text) {
      const items: EventStreamItem[] = [];
      let unread = rest + text;
      if (isFirst && unread !== "") {
        if (unread.startsWith("\uFEFF")) unread = unread.slice(1);
        isFirst = false;
      }
      for (let end = findLineEnd(unread); end !== undefined; end = findLineEnd(unread)) {
        const item = event.take(unread.slice(0, end.at));
        if (item !== undefined) items.push(item);
        unread = unread.slice(end.next);
      }
      rest = unread;
      return items;
    },
  };
}

/** Where the first line ends and the next begins; undefined while that is not sure: a CR at the end may be half of a CRLF. */
function findLineEnd(text: string): { readonly at: number; readonly next: number } | undefined {
  const at = text.search(/[\r\n]/);
  if (at === -1) return undefined;
  if (text[at] === "\n") return { at, next: at + 1 };
  if (at + 1 === text.length) return undefined;
  return { at, next: text[at + 1] === "\n" ? at + 2 : at + 1 };
}

/** Lines on their way to being events. */
function createEventBuilder(): { take(line: string): EventStreamItem | undefined } {
  let name = "";
  let id = "";
  let data: string[] = [];
  const finish = (): EventStreamItem | undefined => {
    const item: EventStreamItem | undefined = data.length === 0 ? undefined : { kind: "event", event: name === "" ? "message" : name, id, data: data.join("\n") };
    name = "";
    data = [];
    return item;
  };
  return {
    take(line) {
      if (line === "") return finish();
      const { field, value } = toField(line);
      if (field === "") return { kind: "comment", text: value };
      if (field === "event") name = value;
      else if (field === "data") data.push(value);
      else if (field === "id" && !value.includes("\u0000")) id = value;
      return undefined;
    },
  };
}

function toField(line: string): { readonly field: string; readonly value: string } {
  const colon = line.indexOf(":");
  if (colon === -1) return { field: line, value: "" };
  const value = line.slice(colon + 1);
  return { field: line.slice(0, colon), value: value.startsWith(" ") ? value.slice(1) : value };
}

/** One frame of a stream. */
export interface Frame {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

/** Frames of an event stream as they arrive; comments come as `event: ""`. */
export async function* readEvents(response: Response): AsyncGenerator<Frame, void, undefined> {
  if (response.body === null) return;
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + text).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) yield toFrame(frame);
  }
}

/** All frames but comments, to the end. */
export async function allEvents(response: Response): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of readEvents(response)) if (frame.event !== "") frames.push(frame);
  return frames;
}

function toFrame(text: string): Frame {
  // A line ends with a line feed: other separators are letters of the data.
  const lines = text.split("\n");
  const field = (name: string): string => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
  return { event: field("event"), id: field("id"), data: field("data") === "" ? text : JSON.parse(field("data")) };
}

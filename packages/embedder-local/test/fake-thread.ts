import type { EncodeReply, EncodeRequest, EncoderThreadEvents, StartEncoderThread } from "../src/encoder-thread.ts";

/** Numbers of a fake vector. */
export const dimensions = 4;

/** One thread that was started. */
export interface FakeThread {
  readonly requests: EncodeRequest[];
  readonly events: EncoderThreadEvents;
  isHeld: boolean;
  isEnded: boolean;
}

/** Threads whose answers the test gives by hand. */
export interface FakeThreads {
  readonly start: StartEncoderThread;
  readonly started: readonly FakeThread[];
  /** The newest thread. */
  last(): FakeThread;
  /** Answers the newest request of the newest thread; without a reply, rightly. */
  answer(reply?: (request: EncodeRequest) => EncodeReply): void;
  /** Lets the newest thread die. */
  die(why?: string): void;
}

/** Makes threads that do nothing by themselves. */
export function createFakeThreads(): FakeThreads {
  const started: FakeThread[] = [];
  const last = (): FakeThread => {
    const thread = started.at(-1);
    if (thread === undefined) throw new Error("no thread was started");
    return thread;
  };
  return {
    started,
    last,
    start: (events) => {
      const thread: FakeThread = { requests: [], events, isHeld: false, isEnded: false };
      started.push(thread);
      return {
        post: (request) => void thread.requests.push(request),
        hold: (isHeld) => {
          thread.isHeld = isHeld;
        },
        end: async () => {
          thread.isEnded = true;
          events.ended("exit code 1");
        },
      };
    },
    answer(reply = ({ id, texts }) => ({ id, vectors: texts.map((text) => Float32Array.from({ length: dimensions }, () => text.length)) })) {
      const request = last().requests.at(-1);
      if (request === undefined) throw new Error("nothing was asked");
      last().events.replied(reply(request));
    },
    die: (why = "exit code 1") => last().events.ended(why),
  };
}

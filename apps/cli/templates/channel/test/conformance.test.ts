import type { PlacedMessage, SendFault, SentMessage } from "@omni/testkit";
import { describeChannel } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { create__Name__Channel } from "../src/index.ts";

/** Rooms in this process, behind the fetch of a fake host. */
function createRooms(): Parameters<typeof describeChannel>[1] {
  return () => {
    const waiting: { readonly message: PlacedMessage; readonly settle: (outcome: "acknowledged" | "kept") => void; isListed: boolean }[] = [];
    const numbers = new Map<string, number>();
    const shown: (SentMessage & { readonly key: string })[] = [];
    const faults: SendFault[] = [];
    const numberOf = (id: string): number => numbers.get(id) ?? numbers.set(id, numbers.size + 1).size;
    const listAfter = (after: number): Response => {
      for (const each of waiting.splice(0)) {
        if (numberOf(each.message.id) <= after && each.isListed) each.settle("acknowledged");
        else if (each.isListed) each.settle("kept");
        else waiting.push(Object.assign(each, { isListed: true }));
      }
      return Response.json({ messages: waiting.map(({ message }) => ({ number: numberOf(message.id), room: message.conversation, person: message.sender.id, text: message.text, time: message.at / 1_000 })) });
    };
    const take = async (body: { readonly room: string; readonly text: string; readonly key: string }, signal: AbortSignal): Promise<Response> => {
      const fault = faults.shift();
      if (fault === "refused") return new Response(null, { status: 429 });
      if (fault === "forbidden") return new Response(null, { status: 404 });
      if (fault === "stalled") await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
      if (!shown.some(({ key }) => key === body.key)) shown.push({ conversation: body.room, text: body.text, buttons: [], key: body.key });
      if (fault === "lost") throw new TypeError("the connection broke");
      return Response.json({ number: shown.findIndex(({ key }) => key === body.key) + 1 });
    };
    const host = createFakeHost({
      egress: {
        async fetch(url, init) {
          const signal = init?.signal ?? new AbortController().signal;
          signal.throwIfAborted();
          if (init?.method !== "POST") return listAfter(Number(new URL(url).searchParams.get("after")));
          return take(JSON.parse(String(init.body)), signal);
        },
        configured: () => fetch,
      },
    });
    return {
      create: async () => create__Name__Channel({ url: "https://rooms.example/" }, host),
      deliver: (message) => new Promise((settle) => waiting.push({ message, settle, isListed: false })),
      sent: () => shown.map(({ key: _key, ...message }) => message),
      failNext: (fault) => void faults.push(fault),
      elapse: (milliseconds) => host.clock.advance(milliseconds),
      dispose: async () => undefined,
    };
  };
}

describeChannel("__name__", createRooms(), { abilities: ["acknowledges", "conversations", "senders", "faults"] });

import { readFileSync } from "node:fs";
import type { SessionWindow, SessionWindows, TurnSlot, WindowState } from "@omni/core";
import { describe } from "vitest";
import { describeBroken, describeDocumented, describeSessionWindow, sessionWindowContract } from "../src/index.ts";
import { createListWindows } from "../src/fakes/index.ts";

describeSessionWindow("list windows without a bound", () => createListWindows());
describeSessionWindow("list windows of seven slots", () => createListWindows(7));

type Change = (window: SessionWindow, state: WindowState) => Partial<SessionWindow>;

/** Windows of six slots with one thing changed in each window. */
function broken(change: Change): () => SessionWindows {
  return () => {
    const windows = createListWindows(6);
    return {
      ...windows,
      open(sessionId, state) {
        const window = windows.open(sessionId, state);
        return { ...window, ...change(window, state) };
      },
    };
  };
}

function withState(change: (state: WindowState) => WindowState): () => SessionWindows {
  const windows = createListWindows(6);
  return () => ({ ...windows, open: (sessionId, state) => windows.open(sessionId, change(state)) });
}

/** Slots of windows that all share one list. */
function createShared(): SessionWindows {
  const windows = createListWindows(6);
  const window = windows.open("one", { totalTurns: 0, totalToolCalls: 0, slots: [] });
  return { ...windows, open: () => window };
}

/** Gives out its own list and changes it. */
function createLeaking(): SessionWindows {
  const windows = createListWindows();
  return {
    ...windows,
    open(sessionId, state) {
      const window = windows.open(sessionId, state);
      const live: TurnSlot[] = [];
      const renew = (): TurnSlot[] => {
        live.splice(0, live.length, ...window.recent(Infinity));
        return live;
      };
      const append = (slot: TurnSlot): void => {
        window.append(slot);
        renew();
      };
      return { ...window, append, recent: () => renew() };
    },
  };
}

describe("the kit of windows", () => {
  describeBroken(sessionWindowContract, {
    W1: broken((window) => ({ stats: () => ({ ...window.stats(), capacity: 5 }) })),
    W2: broken((window) => ({ append: (slot) => window.append({ ...slot, tokens: Math.round(slot.tokens / 2) }) })),
    W3: broken((window) => ({ recent: (limit) => window.recent(limit).toReversed() })),
    W4: broken((window) => ({ oldest: (limit) => window.recent(limit) })),
    W5: broken((window) => ({ recent: (limit) => window.recent(Math.max(1, limit)) })),
    W6: broken((window) => ({
      append(slot) {
        window.release(window.recent(Infinity).some((held) => held.turnId === slot.turnId) ? slot.turnId : "");
        window.append(slot);
      },
    })),
    W7: broken((window) => ({ release: (turnId) => window.release(window.recent(Infinity).find((_, index, all) => all[index + 1]?.turnId === turnId)?.turnId ?? "") })),
    W8: broken((window) => ({ release: (turnId) => window.release(window.oldest(6).some((slot) => slot.turnId === turnId) ? turnId : (window.oldest(1)[0]?.turnId ?? "")) })),
    W9: broken((window) => ({ stats: () => ({ ...window.stats(), totalTurns: window.stats().used }) })),
    W10: broken((window) => {
      let room = 6;
      return {
        append: (slot) => (room-- > 0 ? window.append(slot) : undefined),
      };
    }),
    W11: broken((window) => ({ append: (slot) => (window.stats().used < 6 ? window.append(slot) : undefined) })),
    W12: withState((state) => ({ ...state, totalToolCalls: 0 })),
    W13: withState((state) => ({ ...state, slots: state.slots.slice(0, 6) })),
    W14: withState((state) => ({ ...state, totalTurns: state.slots.length })),
    W15: createShared,
    W16: createLeaking,
  });
  describeDocumented(sessionWindowContract, readFileSync(new URL("../../../docs/contracts/session-window.md", import.meta.url), "utf8"));
});

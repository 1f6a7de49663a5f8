/** A share of the room of one socket. */
export interface IntakeShare {
  /** So many bytes more, or fewer, are held for it. */
  add(bytes: number): void;
  /** Holds nothing any more, from now on. Idempotent. */
  close(): void;
}

/** The room for what clients have sent and nobody has served yet, over all sockets. */
export interface IntakeRoom {
  /** A share for a socket of this token. `giveUp`, which closes it, is called where all together hold too much, the sockets of this token the most, and this one the most of theirs. */
  open(token: string | undefined, giveUp: () => void): IntakeShare;
}

/** Who holds something. */
interface Holder {
  readonly token: string | undefined;
  readonly giveUp: () => void;
  bytes: number;
}

/** Makes room for so many bytes. One token can take it from its own sockets only. */
export function createIntakeRoom(mostBytes: number): IntakeRoom {
  const holders = new Set<Holder>();
  let held = 0;
  const change = (holder: Holder, bytes: number): void => {
    holder.bytes += bytes;
    held += bytes;
    if (holder.bytes > 0) holders.add(holder);
    else holders.delete(holder);
  };
  return {
    open(token, giveUp) {
      let isClosed = false;
      const close = (): void => {
        isClosed = true;
        change(holder, -holder.bytes);
      };
      const holder: Holder = {
        token,
        giveUp() {
          close();
          giveUp();
        },
        bytes: 0,
      };
      return {
        add(bytes) {
          if (isClosed) return;
          change(holder, bytes);
          while (held > mostBytes) toLargest(holders)?.giveUp();
        },
        close,
      };
    },
  };
}

/** Of the token whose sockets hold the most the one that holds the most. */
function toLargest(holders: ReadonlySet<Holder>): Holder | undefined {
  const sums = new Map<string | undefined, number>();
  for (const { token, bytes } of holders) sums.set(token, (sums.get(token) ?? 0) + bytes);
  const sumOf = ({ token }: Holder): number => sums.get(token) ?? 0;
  return [...holders].toSorted((left, right) => sumOf(right) - sumOf(left) || right.bytes - left.bytes)[0];
}

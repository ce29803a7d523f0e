/**
 * The lease: a leader says that it lives, several times in each lease, and who has heard nothing for longer than one
 * may try to lead. It decides when somebody tries, and never who leads: that is decided by whose epoch the stream
 * takes.
 */
import type { Order } from './order.ts';

const BEAT_MS = 200;
/** Without a sign of the leader for so long, others try; at random up to half as long after that. */
const LEASE_MS = 1000;

/** What a leader says of itself. */
export interface Beat {
  readonly epoch: number;
  readonly node: number;
  /** Tells this process from all others that ever were that node. */
  readonly process: string;
  /** The last message of the stream that it knows to be stored. */
  readonly sequence: number;
  /** Where its clients find it; empty where nobody has said. */
  readonly address: string;
  /** Its HTTP door; empty where it has none, or where nobody has said. */
  readonly http: string;
  /** It leads no longer, and somebody else should. */
  readonly leaving: boolean;
}

export class Lease {
  readonly #stream: Order;
  readonly #hear: (beat: Beat) => void;
  readonly #stopListening: () => void;
  /** Told in every beat. */
  readonly process: string = crypto.randomUUID();
  #until = 0;
  #beating: NodeJS.Timeout | undefined;
  #saying: (() => Beat) | undefined;

  /** Nobody's, until somebody says that it leads: others get the time of a lease to do so. */
  constructor(stream: Order, hear: (beat: Beat) => void) {
    this.#stream = stream;
    this.#hear = hear;
    this.renew();
    this.#stopListening = stream.listen((bytes) => {
      const beat = beatIn(bytes);
      if (beat !== undefined) this.#hear(beat);
    });
  }

  get expired(): boolean {
    return performance.now() > this.#until;
  }

  /** A sign of the leader was seen. */
  renew(): void {
    this.#until = performance.now() + LEASE_MS * (1 + Math.random() / 2);
  }

  /** The leader has said that it leaves: whoever is first may follow. */
  forgo(): void {
    this.#until = performance.now() + (LEASE_MS * Math.random()) / 10;
  }

  /** Says so from now on. */
  hold(say: () => Beat): void {
    this.#saying = say;
    this.#beat();
    this.#beating = setInterval(() => this.#beat(), BEAT_MS);
  }

  /** Says no more. `leaving`: and says that. */
  letGo(leaving: boolean): void {
    clearInterval(this.#beating);
    const say = this.#saying;
    this.#saying = undefined;
    if (leaving && say !== undefined) this.#publish({ ...say(), leaving: true });
    this.renew();
  }

  end(): void {
    clearInterval(this.#beating);
    this.#stopListening();
  }

  #beat(): void {
    if (this.#saying !== undefined) this.#publish(this.#saying());
  }

  #publish(beat: Beat): void {
    this.#stream.say(Buffer.from(JSON.stringify(beat)));
  }
}

/** Undefined for what is none: anybody may publish. */
export function beatIn(bytes: Uint8Array): Beat | undefined {
  let said: Partial<Record<keyof Beat, unknown>>;
  try {
    said = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
  // Older nodes do not say where their HTTP door is.
  const { epoch, node, process, sequence, address, http = '', leaving } = said ?? {};
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(node) || !Number.isSafeInteger(sequence)) return undefined;
  if (typeof address !== 'string' || typeof http !== 'string' || typeof process !== 'string') return undefined;
  if (typeof leaving !== 'boolean') return undefined;
  const numbers = { epoch: epoch as number, node: node as number, sequence: sequence as number };
  return { ...numbers, process, address, http, leaving };
}

/** Silence is no answer: a client whose requests are not answered says so, after a while and then once a minute. */
import { TallystickError } from '../model/index.ts';

/** The state of a client that waits. */
export interface ClientWaiting {
  /** Requests without an answer. */
  readonly requests: number;
  /** Since the last answer, or since the first of these requests was made; milliseconds. */
  readonly milliseconds: number;
  /** There is a connection; a server that is connected and does not answer is busy, or stands still. */
  readonly connected: boolean;
  /** Why the last attempt to connect failed; undefined if none did since the last answer. */
  readonly error: unknown;
  /** All of this as a sentence. */
  readonly message: string;
}

/** The state of a client, as its watch finds it. */
export interface Watched {
  readonly unanswered: number;
  /** Grows with every answer. */
  readonly answers: number;
  readonly connected: boolean;
  readonly error: unknown;
}

const FIRST_MS = 5000;
const AGAIN_MS = 60_000;

export class Watch {
  readonly #look: () => Watched;
  readonly #tell: (waiting: ClientWaiting) => void;
  #timer: NodeJS.Timeout | undefined;
  #answers = 0;
  #since = 0;
  #told = false;
  /** What waits has begun to since the timer was set: it has not waited for that long. */
  #begun = false;

  constructor(look: () => Watched, tell: (waiting: ClientWaiting) => void) {
    this.#look = look;
    this.#tell = tell;
  }

  /** A request waits where none did. */
  begin(): void {
    // After a warning the timer is a long one.
    if (this.#told) this.end();
    this.#reset(this.#look().answers);
    this.#begun = this.#timer !== undefined;
    this.#timer ??= setTimeout(() => this.#tick(), FIRST_MS).unref();
  }

  /** The client is closed. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #reset(answers: number): void {
    this.#answers = answers;
    this.#since = performance.now();
    this.#told = false;
  }

  #tick(): void {
    const { unanswered, answers, connected, error } = this.#look();
    this.#timer = undefined;
    // A timer for each request would cost more than the request: it runs on until it finds nothing that waits.
    if (unanswered === 0) return;
    if (answers !== this.#answers) this.#reset(answers);
    else if (!this.#begun) {
      const milliseconds = Math.round(performance.now() - this.#since);
      this.#told = true;
      const message = sentence(unanswered, milliseconds, connected, error);
      this.#tell({ requests: unanswered, milliseconds, connected, error, message });
    }
    this.#begun = false;
    this.#timer = setTimeout(() => this.#tick(), this.#told ? AGAIN_MS : FIRST_MS).unref();
  }
}

function sentence(requests: number, milliseconds: number, connected: boolean, error: unknown): string {
  const what = requests === 1 ? 'a request waits' : `${requests} requests wait`;
  const since = `${what} for an answer since ${Math.round(milliseconds / 1000)} s`;
  if (connected) return `${since}: the server is connected and does not answer. The client goes on waiting.`;
  const why = error === undefined ? 'there is no connection yet' : (error as Error).message;
  const next = error instanceof TallystickError ? ` ${error.next}` : '';
  return `${since}: ${why}. The client goes on trying.${next}`;
}

/** On stderr, and as the process's event `warning`, as Node itself warns. */
export function warn({ message }: ClientWaiting): void {
  process.emitWarning(message, { type: 'TallystickWarning', code: 'TALLYSTICK_WAITING' });
}

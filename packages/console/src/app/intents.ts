/**
 * What the person wants done. An intent has its ids and its Idempotency-Key before it is sent, and stays in the
 * browser's session storage until the ledger has answered: a reload, a crash of the server or a second click sends the
 * very same request again, which the ledger does once.
 *
 *   wanted ──send──> sent ──answer──> done | refused
 *                      └──no answer──> unknown ──ask again──> sent
 */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { ask, Problem, session } from './api.ts';
import { freshKey } from './ids.ts';
import type { Result } from './records.ts';

export type IntentState = 'sent' | 'unknown' | 'done' | 'refused';
export type What = 'account' | 'transfer' | 'hold' | 'post' | 'void' | PaymentVerb;
export type PaymentVerb = 'capture' | 'release' | 'refund' | 'reverse' | 'approve' | 'reject';

export interface Intent {
  readonly key: string;
  readonly what: What;
  readonly path: string;
  /** JSON, byte for byte as it is sent each time. */
  readonly body: string;
  /** The id of what is created, or of the payment that it is about. */
  readonly id: string;
  /** Who wanted it: nobody else asks again for it. */
  readonly subject: string | null;
  readonly state: IntentState;
  /** The ledger's status, or what was said in place of one. */
  readonly status?: string;
  readonly next?: string;
}

const KEY = 'tallystick-intents';
/** Statuses of events, and the outcome of a payment, that mean that it is done. */
const DONE: ReadonlySet<string> = new Set(['created', 'exists', 'done']);
/** How a payment stands after a decision that was taken as it was meant. */
const DECIDED: { readonly [what in What]?: readonly string[] } = {
  approve: ['approved', 'waiting'],
  reject: ['rejected'],
};
/** Answered ones that stay to be looked at. */
const ANSWERED_MAX = 20;
const AGAIN_MS = [1000, 2000, 4000, 8000, 15_000];

function load(): Intent[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as Intent[];
  } catch {
    return [];
  }
}

export const intents: Signal<readonly Intent[]> = signal<readonly Intent[]>(load());
/** Those whose outcome nobody knows. */
export const open: ReadonlySignal<readonly Intent[]> = computed(() =>
  intents.value.filter(({ state }) => state === 'sent' || state === 'unknown'),
);

function keep(intent: Intent): void {
  const others = intents.value.filter(({ key }) => key !== intent.key);
  const answered = others.filter(({ state }) => state === 'done' || state === 'refused');
  const forgotten = new Set(answered.slice(0, -ANSWERED_MAX));
  intents.value = [...others.filter((one) => !forgotten.has(one)), intent];
  sessionStorage.setItem(KEY, JSON.stringify(intents.value));
}

export function forget(key: string): void {
  intents.value = intents.value.filter((one) => one.key !== key || one.state === 'sent' || one.state === 'unknown');
  sessionStorage.setItem(KEY, JSON.stringify(intents.value));
}

/** An account or a transfer that is to be created. Returns the key by which the intent is found. */
export function want(what: What, event: { readonly id: string }): string {
  return begin(what, what === 'account' ? 'v1/accounts' : 'v1/transfers', event.id, event);
}

/** Keeps what is wanted, and then sends it. */
export function begin(what: What, path: string, id: string, event: object): string {
  const subject = session.peek()?.subject ?? null;
  const intent: Intent = {
    key: freshKey(),
    what,
    path,
    body: JSON.stringify(event),
    id,
    subject,
    state: 'sent',
  };
  keep(intent);
  void send(intent.key, 0);
  return intent.key;
}

export function askAgain(key: string): void {
  const intent = intents.value.find((one) => one.key === key);
  if (intent?.state === 'unknown') void send(key, 0);
}

/** After a reload: asks again for everything that was sent and not answered. */
export function resume(): void {
  const subject = session.peek()?.subject ?? null;
  for (const intent of open.peek()) if (intent.subject === subject) void send(intent.key, 0);
}

/** A result of the ledger, an outcome of a payment, or how an approval stands. */
interface Answer extends Partial<Result> {
  readonly outcome?: string;
  readonly state?: string;
}

async function send(key: string, attempt: number): Promise<void> {
  const intent = intents.value.find((one) => one.key === key);
  if (intent === undefined || intent.state === 'done' || intent.state === 'refused') return;
  keep({ ...intent, state: 'sent' });
  try {
    const { status, outcome, state } = await ask<Answer>(intent.path, { body: intent.body, key });
    const said = status ?? outcome ?? state ?? '';
    const done = DECIDED[intent.what]?.includes(said) ?? DONE.has(said);
    keep({ ...intent, state: done ? 'done' : 'refused', status: said });
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem(0, 'connection_lost', String(error), '');
    if (!problem.unknown && problem.status !== 429 && problem.status !== 401) {
      keep({ ...intent, state: 'refused', status: problem.code, next: `${problem.message}. ${problem.next}` });
      return;
    }
    keep({ ...intent, state: 'unknown', status: problem.code });
    const wait = AGAIN_MS[attempt];
    if (wait !== undefined && problem.status !== 401) {
      setTimeout(
        () => {
          if (intents.value.find((one) => one.key === key)?.state === 'unknown') void send(key, attempt + 1);
        },
        Math.max(wait, problem.retryAfterMs ?? 0),
      );
    }
  }
}

/** Says so before a tab is closed that knows of a request without an answer. */
export function guardUnload(): void {
  addEventListener('beforeunload', (event) => {
    if (open.peek().length > 0) event.preventDefault();
  });
}

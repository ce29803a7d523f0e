/**
 * What was asked for, in words, before any of it is done: what a process that was killed has begun is found here by the
 * next one, and finished under the same ids.
 */
import { TallystickError } from 'tallystick/internal/model';
import { formatBase } from '../base/ids.ts';
import type { RecordInput, Records } from '../records/records.ts';
import type { Requests, Verb } from './shapes.ts';

const KIND = 'payment-request';
const CASE = 'payment-case';
const PAGE = 256;

/** A request as it was asked for. */
export interface Intent {
  readonly verb: Verb;
  readonly key: string;
  readonly request: Requests[Verb];
  /** Who asked, by a name that was proved. */
  readonly who?: string;
}

/** With the base that the key leads to: a digest that whoever asks has made already. */
type Based = Intent & { readonly base: bigint };

/** A request that was written down. */
export interface Begun {
  readonly record: RecordInput;
  /** What stood there before, under the same key. */
  readonly before: RecordInput | undefined;
}

export class Intents {
  readonly #records: Records;
  readonly #tenant: number;
  readonly #closing = new Set<Promise<unknown>>();

  constructor(records: Records, tenant: number) {
    this.#records = records;
    this.#tenant = tenant;
  }

  /** Durable when it resolves. */
  async begin(intent: Based): Promise<Begun> {
    const [before] = await this.#records.get([this.#id(intent.base)]);
    const record = this.#record(intent, (before?.version ?? 0) + 1);
    await this.#records.append([record]);
    return { record, before };
  }

  /** Words alone: nobody finishes these requests, because they are done together or not at all. */
  async keep(intents: readonly Based[]): Promise<void> {
    const all = intents.map((intent) => this.#record(intent, 1));
    const known = await this.#records.get(all.map(({ id }) => id));
    const records = all.flatMap((record, index): RecordInput[] => {
      return known[index] === undefined ? [{ ...record, state: 'closed' }] : [];
    });
    if (records.length > 0) await this.#records.append(records);
  }

  /** Need not be waited for: an intent that stays open is done again, with the same outcome. */
  end({ record }: Begun): void {
    const closed = this.#close(record).catch(() => undefined);
    this.#closing.add(closed);
    void closed.then(() => this.#closing.delete(closed));
  }

  /** It cannot be done: nobody shall finish it later, and the words that stood there before stand there again. */
  undo({ record, before }: Begun): Promise<unknown> {
    return this.#close({ ...record, body: before?.body ?? record.body });
  }

  #close(record: RecordInput): Promise<unknown> {
    return this.#records.append([{ ...record, version: record.version + 1, state: 'closed' }]);
  }

  /** What was begun and is not known to be done, a page at a time. */
  async *open(): AsyncGenerator<Intent & { readonly begun: Begun }, void> {
    let after = '';
    for (;;) {
      const page = await this.#records.open({ tenant: this.#tenant, kind: KIND, after, limit: PAGE });
      for (const record of page) yield { ...read(record), begun: { record, before: undefined } };
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }

  /** What was asked for under a base, if it was written down. */
  async words(base: bigint): Promise<string | undefined> {
    const [record] = await this.#records.get([this.#id(base)]);
    return record === undefined ? undefined : read(record).request.description;
  }

  /** Why a payment waits for people; the first words stay. */
  async explain(payment: bigint, reasons: readonly string[]): Promise<void> {
    const body = new TextEncoder().encode(JSON.stringify(reasons));
    const id = `${this.#tenant}/${formatBase('case', payment)}`;
    await this.#records.append([{ id, version: 1, kind: CASE, tenant: this.#tenant, state: 'closed', body }]);
  }

  async reasons(payment: bigint): Promise<readonly string[] | undefined> {
    const [record] = await this.#records.get([`${this.#tenant}/${formatBase('case', payment)}`]);
    if (record === undefined) return undefined;
    const reasons: unknown = JSON.parse(new TextDecoder().decode(record.body));
    return Array.isArray(reasons) ? reasons.map(String) : undefined;
  }

  async idle(): Promise<void> {
    await Promise.all(this.#closing);
  }

  #id(base: bigint): string {
    return `${this.#tenant}/${formatBase('req', base)}`;
  }

  #record({ base, ...intent }: Based, version: number): RecordInput {
    const id = this.#id(base);
    const body = new TextEncoder().encode(JSON.stringify(intent));
    return { id, version, kind: KIND, tenant: this.#tenant, state: 'open', body };
  }
}

/** The store is a disk: what it has may be damaged. */
function read({ id, body }: RecordInput): Intent {
  try {
    const intent = JSON.parse(new TextDecoder().decode(body)) as Intent;
    if (typeof intent.key === 'string' && typeof intent.request === 'object') return intent;
    throw new Error('a field is missing');
  } catch (cause) {
    throw new TallystickError('disk_failed', `record ${id} is no request: ${(cause as Error).message}`, { cause });
  }
}

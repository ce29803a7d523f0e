/**
 * What was asked for, in words. A request of several steps has them before any of it is done: what a process that was
 * killed has begun is found here by the next one, and finished under the same ids. A request of one chain has them
 * beside its money, and only if there are any: a chain is done or not, and whoever was not told asks again. If its
 * outcome is unknown to a process that lives, it is written down to be finished, unless it came in a bulk.
 */
import { TallystickError } from 'tallystick/internal/model';
import { fingerprintOf, formatBase } from '../base/ids.ts';
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
export type Based = Intent & { readonly base: bigint };

/** Words of requests under whose keys others stand, by base. */
export type Others = ReadonlyMap<bigint, RecordInput>;
const NONE: Others = new Map();

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

  /**
   * Words of requests of one chain each, where they have any, durable when it resolves: to what {@link confirm} takes.
   * What stands under a key stays, because another body under it is another request, which is refused.
   */
  async keep(intents: readonly Based[]): Promise<Others> {
    const all = intents.filter(({ request }) => request.description !== undefined);
    if (all.length === 0) return NONE;
    const known = await this.#records.get(all.map(({ base }) => this.#id(base)));
    const fresh: RecordInput[] = [];
    const others = new Map<bigint, RecordInput>();
    for (const [index, intent] of all.entries()) {
      const before = known[index];
      const record: RecordInput = { ...this.#record(intent, (before?.version ?? 0) + 1), state: 'closed' };
      if (before === undefined) fresh.push(record);
      else if (before.state === 'open' || !record.body.every((byte, at) => byte === before.body[at])) {
        others.set(intent.base, record);
      }
    }
    if (fresh.length > 0) await this.#records.append(fresh);
    return others;
  }

  /** They were made after all: what stood under their keys were the words of a mistake, or was not known to be done. */
  async confirm(others: Others, made: (base: bigint) => boolean): Promise<void> {
    const records = [...others].flatMap(([base, record]) => (made(base) ? [record] : []));
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

  /** The words of what was done under a base. `fingerprint`: of the request; the words of another one are not its. */
  async words(base: bigint, fingerprint: bigint): Promise<string | undefined> {
    const [record] = await this.#records.get([this.#id(base)]);
    if (record === undefined) return undefined;
    const { verb, request } = read(record);
    return fingerprintOf(verb, request) === fingerprint ? request.description : undefined;
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

  #record({ base, verb, key, request, who }: Based, version: number): RecordInput {
    const id = this.#id(base);
    const { key: _, ...words } = request as Requests[Verb] & { readonly key?: string };
    const intent: Intent = { verb, key, request: words as Requests[Verb], ...(who === undefined ? {} : { who }) };
    return { id, version, kind: KIND, tenant: this.#tenant, state: 'open', body: Buffer.from(JSON.stringify(intent)) };
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

/**
 * Endpoints that are told of events, as records:
 *
 *   webhook           what was asked for; open while the endpoint is there
 *   webhook-cursor    behind which event it goes on; what was delivered since it was written is delivered again
 *   webhook-dead:ID   events of the endpoint that could not be delivered, open until they are
 */
import { TallystickError } from 'tallystick/internal/model';
import type { RecordInput, Records } from '../records/records.ts';
import type { EventType, PaymentEvent } from './events.ts';

const KIND = 'webhook';
const CURSOR = 'webhook-cursor';
const ENDPOINTS_MAX = 100;
const RACES_MAX = 16;

/** An endpoint as it is stored. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;
  /** Empty: all of them. */
  readonly types: readonly EventType[];
  readonly description?: string;
  /** How often the secret was replaced. */
  readonly generation: number;
  /** Until when the secret before signs as well, in milliseconds since the epoch; 0: it does not. */
  readonly overlapUntil: number;
  /** Nothing is sent: why. */
  readonly paused?: string;
  /** Where it began, until it has a cursor of its own. */
  readonly after: string;
}

/** An event that was given up. */
export interface DeadLetter {
  readonly event: PaymentEvent;
  readonly attempts: number;
  readonly error: string;
}

const encode = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

export class Endpoints {
  readonly #records: Records;
  readonly #tenant: number;

  constructor(records: Records, tenant: number) {
    this.#records = records;
    this.#tenant = tenant;
  }

  async all(): Promise<Endpoint[]> {
    const found = await this.#records.open({ tenant: this.#tenant, kind: KIND, limit: ENDPOINTS_MAX });
    return found.map((record) => read<Endpoint>(record));
  }

  /** Rejects with `not_found` for one that is not there. */
  async one(id: string): Promise<Endpoint> {
    return read<Endpoint>(await this.#stored(id));
  }

  async #stored(id: string): Promise<RecordInput> {
    const [record] = await this.#records.get([this.#name(id)]);
    if (record?.state === 'open' && record.kind === KIND) return record;
    throw new TallystickError('not_found', `there is no webhook ${id}`);
  }

  /** False: it was there before, and stays as it is. Rejects with `lane_full` where there are too many. */
  async add(endpoint: Endpoint): Promise<boolean> {
    if ((await this.all()).length >= ENDPOINTS_MAX) {
      throw new TallystickError('lane_full', `there are ${ENDPOINTS_MAX} webhooks; remove one first`);
    }
    const [isNew] = await this.#records.append([this.#record(endpoint, 1, 'open')]);
    return isNew!;
  }

  /** Replaces what is stored, whoever else does so at the same time. Rejects with `not_found`. */
  async change(
    id: string,
    to: (endpoint: Endpoint) => Endpoint,
    state: RecordInput['state'] = 'open',
  ): Promise<Endpoint> {
    for (let race = 0; race < RACES_MAX; race++) {
      const record = await this.#stored(id);
      const endpoint = to(read<Endpoint>(record));
      const [isWritten] = await this.#records.append([this.#record(endpoint, record.version + 1, state)]);
      if (isWritten === true) return endpoint;
    }
    throw new TallystickError('lane_full', `too many change the webhook ${id} at a time; nothing was done`);
  }

  /** Behind which change it goes on. */
  async cursor({ id, after }: Endpoint): Promise<bigint> {
    const [record] = await this.#records.get([this.#cursorName(id)]);
    return BigInt(record === undefined ? after : read<{ readonly after: string }>(record).after);
  }

  /** Durable when it resolves. Of two that move it at the same time the later counts. */
  async moveCursor(id: string, after: bigint): Promise<void> {
    const name = this.#cursorName(id);
    for (let race = 0; race < RACES_MAX; race++) {
      const [record] = await this.#records.get([name]);
      const version = (record?.version ?? 0) + 1;
      const body = encode({ after: String(after) });
      const next: RecordInput = { id: name, version, kind: CURSOR, tenant: this.#tenant, state: 'closed', body };
      const [isWritten] = await this.#records.append([next]);
      if (isWritten === true) return;
    }
    throw new TallystickError('lane_full', `too many move the cursor of ${id} at a time; nothing was done`);
  }

  async bury(id: string, letter: DeadLetter): Promise<void> {
    await this.#writeDead(id, letter, 'open');
  }

  /** It was delivered after all. */
  async raise(id: string, letter: DeadLetter): Promise<void> {
    await this.#writeDead(id, letter, 'closed');
  }

  async #writeDead(id: string, letter: DeadLetter, state: RecordInput['state']): Promise<void> {
    const name = `${this.#name(id)}/${letter.event.id}`;
    const [before] = await this.#records.get([name]);
    const version = (before?.version ?? 0) + 1;
    const kind = deadKind(id);
    await this.#records.append([{ id: name, version, kind, tenant: this.#tenant, state, body: encode(letter) }]);
  }

  /** The oldest first. */
  async dead(id: string, limit: number): Promise<DeadLetter[]> {
    const found = await this.#records.open({ tenant: this.#tenant, kind: deadKind(id), limit });
    return found.map((record) => read<DeadLetter>(record));
  }

  #name(id: string): string {
    return `${this.#tenant}/${id}`;
  }

  #cursorName(id: string): string {
    return `${this.#name(id)}/cursor`;
  }

  #record(endpoint: Endpoint, version: number, state: RecordInput['state']): RecordInput {
    const body = encode(endpoint);
    return { id: this.#name(endpoint.id), version, kind: KIND, tenant: this.#tenant, state, body };
  }
}

const deadKind = (id: string): string => `webhook-dead:${id}`;

/** The store is a disk: what it has may be damaged. */
function read<T>({ id, body }: RecordInput): T {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as T;
  } catch (cause) {
    throw new TallystickError('disk_failed', `record ${id} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

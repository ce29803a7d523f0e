/**
 * The stream of a ledger: JetStream keeps one order of messages on three servers. What it is not trusted with is said
 * in docs/adr/0018-replication-on-jetstream.md.
 */
import {
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { isLoopback, TallystickError } from 'tallystick/internal';
import { type Appended, checkWhole, type Messages, type Order } from '../order.ts';
import { pause } from '../pause.ts';
import { BODY_SIZE_MAX, RECORD_SIZE } from '../record.ts';
import { extentOf } from './monitors.ts';
import { namesOf, type StreamNames } from './names.ts';
import { checkStream, REPLICAS, SETTINGS } from './settings.ts';
import { Voice } from './voice.ts';
import { Words } from './words.ts';

/** 2.14 refuses damaged snapshots of its own log; before, servers deleted the stream for them. */
const VERSION_MIN = [2, 14] as const;
/** The headers that an append carries. */
const HEADERS_SIZE = 128;
const PAYLOAD_MIN: number = RECORD_SIZE + BODY_SIZE_MAX + HEADERS_SIZE;
const WRONG_LAST_SEQUENCE: readonly number[] = [10071, 10164];
const STREAM_EXISTS = 10058;
const STREAM_NOT_FOUND = 10059;
const SUBJECTS_OVERLAP = 10065;
const NO_CLUSTER = 10074;
/** Servers that have just started know neither each other nor a leader. */
const NOT_YET: readonly number[] = [10005, 10008, 10009];
/** Servers that start together elect a leader for themselves and one for the stream: up to 9 s each. */
const PATIENCE_MS = 40_000;
const AGAIN_MS = 200;
const APPEND_TIMEOUT_MS = 1000;
const TIMEOUT_MS = 5000;
/** What a reader has on its way. */
const READ_SIZE_MAX = 8 * 2 ** 20;
/** A reader that the server has nothing for hears that so often. */
const HEARTBEAT_MS = 1000;
const EXPIRES_MS = 5000;

export class OrderStream implements Order {
  readonly names: StreamNames;
  readonly connection: NatsConnection;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #words: Words;

  private constructor(connection: NatsConnection, names: StreamNames, manager: JetStreamManager, secret?: string) {
    this.#words = new Words(connection, names, new Voice(secret));
    this.connection = connection;
    this.names = names;
    this.#client = jetstream(connection, { timeout: TIMEOUT_MS });
    this.#manager = manager;
  }

  get name(): string {
    return this.names.stream;
  }

  /**
   * Opens or creates the stream. `secret`: what nodes share. Throws `cluster_invalid` where a setting would let it lose
   * what it acknowledges.
   */
  static async open(connection: NatsConnection, cluster: bigint, secret?: string): Promise<OrderStream> {
    checkServer(connection);
    const names = namesOf(cluster);
    const manager = await patiently(connection, () => jetstreamManager(connection, { timeout: TIMEOUT_MS }));
    checkStream(names.stream, await patiently(connection, () => ensured(manager, names)));
    return new OrderStream(connection, names, manager, secret);
  }

  async append(bytes: Uint8Array, last: number): Promise<Appended> {
    const { subject, stream } = this.names;
    try {
      const ack = await this.#client.publish(subject, bytes, {
        expect: { lastSequence: last },
        timeout: APPEND_TIMEOUT_MS + bytes.length / 1000,
      });
      if (ack.stream === stream && ack.seq === last + 1) return 'stored';
      throw new TallystickError(
        'cluster_damaged',
        `message ${last + 1} was acknowledged as number ${ack.seq} of ${ack.stream}: ${stream} is not what it was`,
      );
    } catch (error) {
      if (error instanceof TallystickError) throw error;
      if (error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.includes(error.code)) return 'refused';
      return 'unknown';
    }
  }

  patiently<T>(act: () => Promise<T>): Promise<T> {
    return patiently(this.connection, act);
  }

  async read(sequence: number): Promise<Uint8Array | undefined> {
    const found = await this.#manager.streams.getMessage(this.names.stream, { seq: sequence });
    return found?.data;
  }

  async last(): Promise<number> {
    const { state } = await this.#manager.streams.info(this.names.stream);
    const extent = extentOf(state);
    checkWhole(this.name, extent);
    return extent.last;
  }

  /** The numbers of the first and the last message, whatever is missing between them. */
  async span(): Promise<{ readonly first: number; readonly last: number }> {
    const { state } = await this.#manager.streams.info(this.names.stream);
    return { first: Math.max(1, state.first_seq), last: state.last_seq };
  }

  async first(): Promise<number> {
    return (await this.span()).first;
  }

  async cut(first: number): Promise<void> {
    await this.#manager.streams.purge(this.names.stream, { seq: first });
  }

  async messages(next: number): Promise<Messages> {
    const consumer = await this.#client.consumers.get(this.name, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: next,
    });
    return consumer.consume({ max_bytes: READ_SIZE_MAX, idle_heartbeat: HEARTBEAT_MS, expires: EXPIRES_MS });
  }

  async leadElsewhere(): Promise<void> {
    await this.connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${this.name}`, '', { timeout: TIMEOUT_MS });
  }

  say(bytes: Uint8Array): void {
    this.#words.say(bytes);
  }

  listen(hear: (bytes: Uint8Array) => void): () => void {
    return this.#words.listen(hear);
  }

  ask(node: number, question: Uint8Array): Promise<Uint8Array> {
    return this.#words.ask(node, question);
  }

  answer(node: number, answer: (question: Uint8Array) => Uint8Array): () => void {
    return this.#words.answer(node, answer);
  }
}

function serverOf({ info }: NatsConnection): string {
  return `nats-server ${info?.server_name ?? ''} ${info?.version ?? ''}`.trim();
}

function checkServer(connection: NatsConnection): void {
  const { version = '0', max_payload: payload = 0 } = connection.info ?? {};
  checkDoor(connection);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1])) {
    throw new TallystickError(
      'cluster_invalid',
      `${serverOf(connection)} is too old: at least ${VERSION_MIN.join('.')}`,
    );
  }
  if (payload < PAYLOAD_MIN) {
    throw new TallystickError(
      'cluster_invalid',
      `${serverOf(connection)} takes messages of ${payload} bytes (max_payload); the largest batch needs ${PAYLOAD_MIN}`,
    );
  }
}

/** Whoever may append to the stream may end the cluster, and whoever may read it reads the ledger. */
function checkDoor(connection: NatsConnection): void {
  const { auth_required: asks = false, tls_verify: verifies = false } = connection.info ?? {};
  const address = connection.getServer();
  if (asks || verifies || isLoopback(address.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))) return;
  throw new TallystickError(
    'cluster_invalid',
    `${serverOf(connection)} at ${address} lets anybody in: beyond this machine it must ask for credentials ` +
      '(cluster.user, cluster.credentials) or for client certificates (cluster.certificate)',
  );
}

async function ensured(manager: JetStreamManager, { stream, subject }: StreamNames): Promise<StreamInfo> {
  try {
    return await manager.streams.info(stream);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NOT_FOUND) throw error;
  }
  try {
    return await manager.streams.add({ name: stream, subjects: [subject], ...SETTINGS });
  } catch (cause) {
    const code = cause instanceof JetStreamApiError ? cause.code : 0;
    // Another node was faster.
    if (code === STREAM_EXISTS) return manager.streams.info(stream);
    if (code === SUBJECTS_OVERLAP) {
      throw new TallystickError('cluster_invalid', `another stream has the subject ${subject}`, { cause });
    }
    if (code === NO_CLUSTER) {
      throw new TallystickError('cluster_invalid', `${REPLICAS} servers of one cluster are needed: ${cause}`, {
        cause,
      });
    }
    throw cause;
  }
}

/** Waits for servers that are starting. Throws `cluster_invalid` for those that do not come to offer JetStream. */
async function patiently<T>(connection: NatsConnection, act: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await act();
    } catch (cause) {
      if (cause instanceof TallystickError) throw cause;
      if (cause instanceof JetStreamApiError && !NOT_YET.includes(cause.code)) throw cause;
      if (performance.now() > until) {
        throw new TallystickError(
          'cluster_invalid',
          `${serverOf(connection)} offers no stream of ${REPLICAS}: ${cause}`,
          {
            cause,
          },
        );
      }
      await pause(AGAIN_MS);
    }
  }
}

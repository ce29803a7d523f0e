/**
 * What each nats-server says of its own copy of the stream. The stream's leader answers for the stream, and a
 * follower's damage is not in that answer; nothing is ever deleted from a ledger's stream, so a copy with a hole is
 * damaged.
 */
import { TallystickError } from 'tallystick/internal';

const TIMEOUT_MS = 2000;

/** A server's own copy. */
export interface Copy {
  readonly server: string;
  /** Whether the server syncs what it stores before it says so. */
  readonly syncs: boolean;
  /** Undefined while the server has no copy. */
  readonly messages: { readonly count: number; readonly last: number; readonly deleted: number } | undefined;
}

interface Jsz {
  readonly config?: { readonly store_dir?: string; readonly sync_always?: boolean };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly state: { readonly messages: number; readonly last_seq: number; readonly num_deleted?: number };
    }[];
  }[];
}

/** Asks the monitoring port at `monitor`, such as `http://10.0.0.1:8222`. Rejects with `unreachable`. */
export async function copyAt(monitor: string, stream: string): Promise<Copy> {
  let said: Jsz;
  try {
    const url = new URL('/jsz?accounts=true&streams=true', monitor);
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    said = (await response.json()) as Jsz;
  } catch (cause) {
    throw new TallystickError('unreachable', `no nats-server answers at ${monitor}: ${cause}`, { cause });
  }
  const details = said.account_details?.flatMap(({ stream_detail }) => stream_detail ?? []) ?? [];
  const state = details.find(({ name }) => name === stream)?.state;
  return {
    server: monitor,
    syncs: said.config?.sync_always === true,
    messages: state && { count: state.messages, last: state.last_seq, deleted: state.num_deleted ?? 0 },
  };
}

/** Throws `cluster_invalid` for a server that acknowledges before it syncs. */
export function checkSync({ server, syncs }: Copy): void {
  if (syncs) return;
  throw new TallystickError(
    'cluster_invalid',
    `the nats-server at ${server} acknowledges what is not on its disk: set jetstream { sync_interval: always }`,
  );
}

/** What is wrong with a copy; undefined: nothing. */
export function damageOf({ server, messages }: Copy): string | undefined {
  if (messages === undefined) return undefined;
  const { count, last, deleted } = messages;
  const missing = Math.max(deleted, last - count);
  if (missing === 0) return undefined;
  return (
    `the nats-server at ${server} lacks ${missing} of ${last} messages: stop it, remove its copy of the stream, and ` +
    'start it again; it gets all of it from the others'
  );
}

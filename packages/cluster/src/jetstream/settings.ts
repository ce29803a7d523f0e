/** What a ledger's stream must be like. */
import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig, type StreamInfo } from '@nats-io/jetstream';
import { TallystickError } from 'tallystick/internal';

/** Of these, a majority has what was acknowledged. */
export const REPLICAS = 3;

/** Everything that is acknowledged stays, on the disks of a majority, until a node removes what all nodes have. */
export const SETTINGS: Readonly<Partial<StreamConfig>> = {
  num_replicas: REPLICAS,
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  deny_delete: true,
  allow_rollup_hdrs: false,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msgs_per_subject: -1,
  max_msg_size: -1,
};

/** Settings that servers add of their own accord, and that a ledger cannot live with. */
const REFUSED = ['mirror', 'sources', 'persist_mode', 'sealed', 'subject_transform', 'allow_msg_ttl'] as const;

/** Throws `cluster_invalid` for a stream that somebody else has made differently. */
export function checkStream(stream: string, { config }: Pick<StreamInfo, 'config'>): void {
  const found = config as unknown as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(SETTINGS).flatMap(([name, wanted]) =>
    (found[name] ?? defaultOf(wanted)) === wanted ? [] : [`${name} is ${found[name]}, and must be ${wanted}`],
  );
  for (const name of REFUSED) {
    const value = found[name];
    if (value !== undefined && value !== false && value !== 'default')
      wrong.push(`${name} is ${JSON.stringify(value)}`);
  }
  if (wrong.length === 0) return;
  throw new TallystickError('cluster_invalid', `stream ${stream} may lose what it acknowledges: ${wrong.join('; ')}`);
}

/** Servers leave out what is off. */
function defaultOf(wanted: unknown): unknown {
  return typeof wanted === 'boolean' ? false : undefined;
}

/** The audit trail of a server: where it is, what it begins with, and when it is anchored. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import { version } from 'tallystick/internal/platform';
import { AuditTrail, anchorIn, auditKey } from '../audit/index.ts';
import type { Configuration, KeyName } from '../config/index.ts';
import type { Logger } from '../observe/index.ts';

const OWNER_ONLY = 0o600;
const FOLDER_MODE = 0o700;
/** Files whose content decides who may do what. */
const DECIDING: readonly KeyName[] = [
  'identity.file',
  'tls.roles',
  'lanes.policy',
  'tokens.jwks',
  'tls.ca',
  'tls.crl',
  'policy.wasm',
];

/** The ledger is another system: there is no folder of it here. */
function isAddress(folder: string): boolean {
  return /^[a-z]+:\/\//.test(folder);
}

/** Undefined: no trail is kept. */
export function auditPath(configuration: Configuration): string | undefined {
  const { 'audit.file': path, folder } = configuration;
  if (path === 'off') return undefined;
  if (path !== undefined) return path;
  const asks =
    configuration['tokens.issuer'] ??
    configuration['tokens.static'] ??
    configuration['identity.file'] ??
    configuration['tls.roles'];
  if (asks === undefined || folder === undefined || folder === ':memory:' || isAddress(folder)) return undefined;
  return join(folder, 'audit', 'audit.jsonl');
}

/** What is known of the ledger when the trail begins. */
export interface Beginning {
  readonly ledgerId: bigint;
  readonly op: number;
}

/** Throws `configuration_invalid`. */
export function openTrail(
  configuration: Configuration,
  log: Logger,
  { ledgerId, op }: Beginning,
): AuditTrail | undefined {
  const path = auditPath(configuration);
  if (path === undefined) return undefined;
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const trail = new AuditTrail(path, auditKey(keyOf(configuration, path, log)), (problem) => {
    if (problem === undefined) log.warn({ path }, 'the audit trail is written again; creates are taken again');
    else log.error({ err: problem, path }, 'creates are refused: they could not be recorded');
  });
  trail.add({
    kind: 'began',
    ledger: ledgerId.toString(16).padStart(32, '0'),
    op,
    version: version(),
    files: Object.assign({}, ...DECIDING.map((key) => digestOf(key, configuration))),
  });
  trail.flush();
  if (trail.blocked !== undefined) throw new TallystickError('configuration_invalid', trail.blocked.message);
  log.info({ path, ...trail.head }, 'audit');
  return trail;
}

/** The content of a file that a key names, as its hash; nothing if there is none. */
export function digestOf(key: KeyName, configuration: Configuration): { readonly [name: string]: string } {
  const path = configuration[key];
  if (typeof path !== 'string' || !existsSync(path)) return {};
  return { [key]: createHash('sha256').update(readFileSync(path)).digest('hex') };
}

/** As configured, or from the file beside the trail, which is made if it is not there. */
function keyOf(configuration: Configuration, path: string, log: Logger): string {
  const configured = configuration['audit.key'];
  if (configured !== undefined) return configured;
  const beside = `${path}.key`;
  try {
    if (!existsSync(beside)) {
      writeFileSync(beside, `${randomBytes(32).toString('base64url')}\n`, { mode: OWNER_ONLY, flag: 'wx' });
      log.warn({ path: beside }, 'a key of the audit trail was made beside it; set audit.key to keep it elsewhere');
    }
    return readFileSync(beside, 'utf8').trim();
  } catch (cause) {
    const why = (cause as Error).message;
    throw new TallystickError('configuration_invalid', `audit.file: ${beside} cannot be had: ${why}`, { cause });
  }
}

/** Keeps the head in the log and in the ledger, every so often. Returns what ends that. */
export function anchoring(trail: AuditTrail, ledger: Ledger, everyMs: number, log: Logger): () => void {
  if (everyMs === 0) return () => {};
  let anchored = trail.head.block;
  let underway = false;
  const act = async (): Promise<void> => {
    const { head } = trail;
    if (underway || head.block === anchored) return;
    underway = true;
    try {
      trail.sync();
      const transfer = await anchorIn(ledger, head);
      log.info({ ...head, transfer: String(transfer) }, 'audit anchored');
      trail.add({ kind: 'anchored', block: head.block, mac: head.mac, transfer: String(transfer) });
      trail.flush();
      anchored = trail.head.block;
    } catch (err) {
      // Another node leads, or the ledger takes no creates now; the log has the head all the same.
      log.warn({ err, ...head }, 'the audit trail could not be anchored in the ledger');
    } finally {
      underway = false;
    }
  };
  const timer = setInterval(() => void act(), everyMs).unref();
  return () => clearInterval(timer);
}

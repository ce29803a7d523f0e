/** The audit trail of a server: where it is, what it begins with, and when it is anchored. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import { version } from 'tallystick/internal/platform';
import { AuditTrail, anchorIn, auditKey, type Head, signedText } from '../audit/index.ts';
import type { Configuration, KeyName } from '../config/index.ts';
import type { Logger } from '../observe/index.ts';
import { vaultFor } from './vault.ts';

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
    node: configuration['node.id'],
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

/** Signs text with a key that is not here. */
export type Sign = (text: string) => Promise<string>;

/** Undefined: heads are not signed. */
export function signerOf(configuration: Configuration): Sign | undefined {
  const path = configuration['audit.transit'];
  if (path === undefined) return undefined;
  const vault = vaultFor(configuration, 'audit.transit');
  return (text) => vault.sign(path, text);
}

/** Nothing where there is no signer, or it cannot be asked: the next signature vouches for this block, too. */
async function signed(head: Head, sign: Sign | undefined, log: Logger): Promise<{ readonly signature?: string }> {
  if (sign === undefined) return {};
  try {
    return { signature: await sign(signedText(head)) };
  } catch (err) {
    log.error({ err, block: head.block }, 'the head of the audit trail could not be signed');
    return {};
  }
}

/** Keeps the head in the log and in the ledger, every so often, signed if there is a signer. Returns what ends that. */
export function anchoring(
  trail: AuditTrail,
  ledger: Ledger,
  everyMs: number,
  log: Logger,
  { node, sign }: { readonly node: number; readonly sign: Sign | undefined },
): () => void {
  if (everyMs === 0) return () => {};
  let anchored = trail.head.block;
  let underway = false;
  const act = async (): Promise<void> => {
    const { head } = trail;
    if (underway || head.block === anchored) return;
    underway = true;
    try {
      trail.sync();
      const signature = await signed(head, sign, log);
      const transfer = String(await anchorIn(ledger, head, node));
      log.info({ ...head, ...signature, transfer }, 'audit anchored');
      trail.add({ kind: 'anchored', block: head.block, mac: head.mac, ...signature, transfer });
      trail.flush();
      anchored = trail.head.block;
    } catch (err) {
      // The ledger takes no creates now, or another node leads: this one anchors its trail when it leads again.
      if ((err as TallystickError).code === 'not_leader') log.info(head, 'audit head');
      else log.warn({ err, ...head }, 'the audit trail could not be anchored in the ledger');
    } finally {
      underway = false;
    }
  };
  const timer = setInterval(() => void act(), everyMs).unref();
  return () => clearInterval(timer);
}

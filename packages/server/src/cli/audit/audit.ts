/** Reads an audit trail: verifies it, shows it, writes its records out. */
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import { readText } from 'tallystick/internal/platform';
import {
  type Anchor,
  type AuditRecord,
  anchorsOf,
  auditKey,
  linesOf,
  Signers,
  type Verified,
  Verifier,
} from '../../audit/index.ts';
import { plural, table } from '../print.ts';
import { printableJson, printableLine } from '../printable.ts';
import { openTarget } from '../target.ts';

export interface VerifyOptions {
  readonly key?: string;
  readonly ledger?: string;
  readonly head?: { readonly block: number; readonly mac: string };
  /** File of the public keys of whoever signs heads. */
  readonly signer?: string;
  readonly json?: boolean;
}

export interface ShowOptions {
  readonly key?: string;
  readonly kind?: string;
  readonly subject?: string;
  readonly limit: number;
  readonly json?: boolean;
}

type Row = AuditRecord & { readonly record: number; readonly block: number; readonly time: string };

function keyOf(file: string, path = `${file}.key`): KeyObject {
  try {
    return auditKey(readFileSync(path, 'utf8').trim());
  } catch (error) {
    if (error instanceof TallystickError) throw error;
    const next = 'Name the file of the key with --key; it holds what audit.key of the server is.';
    throw new TallystickError('not_found', `The key ${path} cannot be read.`, { cause: error, next });
  }
}

/** Exit code 1 when something was done to a trail. */
export async function verify(files: readonly string[], options: VerifyOptions): Promise<number> {
  const ledger = options.ledger === undefined ? undefined : await openTarget(options.ledger);
  const found: { readonly file: string; readonly verified: Verified }[] = [];
  try {
    for (const file of files) found.push({ file, verified: await verifyOne(file, options, ledger) });
  } finally {
    await ledger?.close();
  }
  const [first, ...others] = found;
  if (options.json === true) {
    const several = found.map(({ file, verified }) => ({ file, ...verified }));
    console.log(JSON.stringify(others.length === 0 ? first!.verified : several));
  } else {
    for (const { file, verified } of found) {
      if (others.length > 0) console.log(printableLine(file));
      print(verified);
    }
  }
  return found.every(({ verified }) => verified.findings.every(({ kind }) => kind === 'torn')) ? 0 : 1;
}

async function verifyOne(
  file: string,
  { key, head, signer }: VerifyOptions,
  ledger: Ledger | undefined,
): Promise<Verified> {
  const verifier = new Verifier(keyOf(file, key));
  const signers = signer === undefined ? undefined : Signers.parse(readText(signer));
  let line = 0;
  for (const { text, whole } of linesOf(file)) {
    line++;
    for (const record of verifier.line(text, whole)?.records ?? []) signers?.look(record, line);
  }
  const anchors: Anchor[] = head === undefined ? [] : [{ ...head, by: 'the log' }];
  if (ledger !== undefined) anchors.push(...(await anchorsOf(ledger, verifier.node)));
  const verified = verifier.end([...anchors, ...(signers?.anchors ?? [])]);
  return { ...verified, findings: [...verified.findings, ...(signers?.findings ?? [])] };
}

function print({ blocks, records, anchors, head, findings }: Verified): void {
  for (const { kind, line, about } of findings) console.log(`${kind.padEnd(9)} line ${line}: ${printableLine(about)}`);
  const anchored = anchors === 0 ? 'compared with no anchor' : `compared with ${plural(anchors, 'anchor')}`;
  console.log(`${plural(records, 'record')} in ${plural(blocks, 'block')}, ${anchored}`);
  if (head !== undefined) console.log(`head ${head.block}:${head.mac}`);
  const bad = findings.filter(({ kind }) => kind !== 'torn').length;
  console.log(bad === 0 ? 'whole' : `not whole: ${plural(bad, 'finding')}`);
}

/** Records of blocks that have a good seal. */
function* rowsOf(file: string, key: KeyObject, verifier: Verifier = new Verifier(key)): Generator<Row> {
  for (const { text, whole } of linesOf(file)) {
    const block = verifier.line(text, whole);
    if (block === undefined) continue;
    for (const [index, { kind, ...rest }] of block.records.entries()) {
      yield { record: block.first + index, block: block.block, time: block.time, kind, ...rest };
    }
  }
}

export function show(file: string, { key, kind, subject, limit, json }: ShowOptions): void {
  const rows: Row[] = [];
  for (const row of rowsOf(file, keyOf(file, key))) {
    if ((kind !== undefined && row.kind !== kind) || (subject !== undefined && row.sub !== subject)) continue;
    rows.push(row);
    if (rows.length > limit) rows.shift();
  }
  if (json === true) {
    for (const row of rows) console.log(printableJson(JSON.stringify(row)));
    return;
  }
  const cells = rows.map(({ record, block: _block, time, kind: what, sub, door, ...rest }) => [
    String(record),
    time,
    what,
    printableLine(String(sub ?? '-')),
    String(door ?? '-'),
    printableLine(wordsOf(rest)),
  ]);
  const titles = ['record', 'time', 'kind', 'subject', 'door', 'what'];
  console.log(
    table(
      titles.map((title) => ({ title, align: 'left' })),
      cells,
    ),
  );
}

function wordsOf(rest: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  return words.join(' ').slice(0, 160);
}

const COLUMNS = [
  ...['record', 'block', 'time', 'kind', 'sub', 'tenant', 'role', 'shown', 'door', 'address'],
  ...['operation', 'events', 'timestamp', 'op', 'reason'],
] as const;

/** Exit code 1 when blocks are missing or have no good seal: what is written out is then not all. */
export function exportRecords(file: string, { key, format }: { key?: string; format: 'jsonl' | 'csv' }): number {
  const secret = keyOf(file, key);
  const verifier = new Verifier(secret);
  if (format === 'csv') console.log(COLUMNS.join(','));
  for (const row of rowsOf(file, secret, verifier)) {
    console.log(format === 'jsonl' ? JSON.stringify(row) : COLUMNS.map((name) => cell(row[name])).join(','));
  }
  const bad = verifier.end().findings.filter(({ kind }) => kind !== 'torn');
  if (bad.length > 0)
    console.error(`the trail is not whole: ${plural(bad.length, 'finding')}; audit verify names them`);
  return bad.length === 0 ? 0 : 1;
}

/** A spreadsheet takes a cell that begins like a formula for one. */
function cell(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

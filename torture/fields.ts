/**
 * Where every field of every file of a ledger lies. A witness: it is written by hand and never printed from
 * src/model/layouts.ts, so that a mistake there cannot hide here; test/format/witnesses.test.ts compares the two.
 * `seal` writes the checksums anew that cover a field, for damage that looks as if it had been written so.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from '../src/platform/index.ts';
import { op } from '../testing/model/names.ts';
import { accountLayout, type Layout, transferLayout } from '../testing/model/records.ts';
import { batchesOf, CELL } from './last-flush.ts';

export interface Field {
  /** Relative to the ledger's folder. */
  readonly file: string;
  /** Such as `batch 12: durable_op`. */
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly seal: (bytes: Buffer) => void;
}

/** Fields in the order of their bytes. */
export type Places = readonly (readonly [name: string, offset: number, size: number])[];
const BLOCK = 4096;
const MIB = 2 ** 20;
/** Bytes of a run for each checksum, by its version. */
const CHUNKS: readonly number[] = [0, 16_384, 2048];

const checksum = (bytes: Buffer, from: number, to: number, seed = 0): number => crc32(bytes.subarray(from, to), seed);

const SUPERBLOCK: Places = [
  ['checksum', 0, 4],
  ['magic', 4, 4],
  ['version', 8, 4],
  ['bits', 12, 4],
  ['sequence', 16, 8],
  ['created', 24, 8],
  ['ledger id', 32, 16],
  ['fence', 48, 8],
  ['op', 56, 8],
  ['cell', 64, 8],
  ['last', 72, 8],
  ['parent', 80, 4],
  ['zero', 84, 4],
  ['fence of the last batch', 88, 8],
  ['timestamp', 96, 8],
  ['zeros', 104, 24],
];

const WITNESS: Places = [
  ['checksum', 0, 4],
  ['magic', 4, 4],
  ['version', 8, 4],
  ['zero', 12, 4],
  ['sequence', 16, 8],
  ['ledger id', 24, 16],
  ['fence', 40, 8],
  ['op', 48, 8],
  ['cell', 56, 8],
  ['last', 64, 8],
  ['parent', 72, 4],
  ['padding', 76, 4],
  ['fence of the last batch', 80, 8],
  ['timestamp', 88, 8],
  ['zeros', 96, 16],
];

const HEADER: Places = [
  ['checksum', 0, 4],
  ['checksum_body', 4, 4],
  ['op', 8, 8],
  ['timestamp', 16, 8],
  ['cell', 24, 8],
  ['fence', 32, 8],
  ['durable_op', 40, 8],
  ['parent', 48, 4],
  ['count', 52, 4],
  ['cells', 56, 4],
  ['operation', 60, 2],
  ['version', 62, 2],
  ['session', 64, 16],
  ['request', 80, 4],
  ['lane', 84, 4],
  ['magic', 88, 4],
  ['parts', 92, 4],
  ['checksum_events', 96, 4],
  ['answered', 100, 4],
  ['reserved', 104, 24],
];

const SUMS: Places = [
  ['checksum', 0, 4],
  ['magic', 4, 4],
  ['version', 8, 4],
  ['cells', 12, 4],
  ['op', 16, 8],
  ['parent', 24, 4],
  ['segment', 28, 4],
  ['ledger id', 32, 16],
  ['zeros', 48, 16],
];

const SNAPSHOT: Places = [
  ['checksum', 0, 4],
  ['magic', 4, 4],
  ['version', 8, 4],
  ['bytes of the head', 12, 4],
  ['bytes of the JSON', 16, 4],
  ['checksum of the table', 20, 4],
  ['bytes of the sections', 24, 8],
  ['zeros', 32, 32],
];

const RUN: Places = [
  ['checksum', 0, 4],
  ['magic', 4, 4],
  ['version', 8, 4],
  ['entries', 12, 4],
  ['first_entry', 16, 8],
  ['ledger id', 24, 16],
  ['smallest timestamp', 40, 8],
  ['largest timestamp', 48, 8],
  ['ascending', 56, 4],
  ['checksum of the checksums', 60, 4],
  ['id_min', 64, 16],
  ['id_max', 80, 16],
  ['zeros', 96, 32],
];
const RUN_SECTIONS = [
  'id',
  'debit_account_id',
  'credit_account_id',
  'pending_id',
  'user_data_128',
  'user_data_64',
  'user_data_32',
  'ledger',
  'code',
  'filter',
  'blocks',
  'events',
  'spans',
  'checksums',
];
/** The tables above, by the names that src/model/layouts.ts has for them. */
export const testimony: { readonly [layout: string]: Places } = {
  Header: HEADER,
  Superblock: SUPERBLOCK,
  Witness: WITNESS,
  SumsHead: SUMS,
  SnapshotHead: SNAPSHOT,
  RunHeader: RUN,
};

/** Places of a large section that are looked at. */
const SAMPLES = 12;

/** The fields of every file of the closed ledger in `folder`. */
export function fieldsOf(folder: string): Field[] {
  const below = (part: string): string[] =>
    readdirSync(join(folder, part))
      .sort()
      .map((name) => `${part}/${name}`);
  const read = (file: string): Buffer => readFileSync(join(folder, file));
  const ledgerId = read('superblock').subarray(32, 48);
  return [
    ...superblockFields(),
    ...witnessFields(),
    ...below('journal').flatMap((file) =>
      file.endsWith('.sum') ? sumFields(file, read(file)) : journalFields(file, read(file), crc32(ledgerId)),
    ),
    ...below('snapshots').flatMap((file) => snapshotFields(file, read(file))),
    ...below('runs').flatMap((file) => runFields(file, read(file))),
  ];
}

function places(file: string, what: string, at: number, fields: Places, seal: (bytes: Buffer) => void): Field[] {
  return fields.map(([name, offset, size]) => ({ file, name: `${what}${name}`, offset: at + offset, size, seal }));
}

function superblockFields(): Field[] {
  return [0, BLOCK].flatMap((at, copy) =>
    places('superblock', `copy ${copy}: `, at, SUPERBLOCK, (bytes) => {
      bytes.writeUInt32LE(checksum(bytes, at + 4, at + CELL), at);
    }),
  );
}

function witnessFields(): Field[] {
  return [0, BLOCK].flatMap((at, slot) =>
    places('witness', `slot ${slot}: `, at, WITNESS, (bytes) => {
      bytes.writeUInt32LE(checksum(bytes, at + 4, at + 112), at);
    }),
  );
}

function journalFields(file: string, bytes: Buffer, seed: number): Field[] {
  const fields = places(file, 'segment: ', 0, HEADER, (changed) => {
    changed.writeUInt32LE(checksum(changed, 4, CELL), 0);
  });
  for (const at of batchesOf(bytes)) {
    const cells = bytes.readUInt32LE(at + 56);
    const seal = (changed: Buffer): void => {
      changed.writeUInt32LE(checksum(changed, at + CELL, at + CELL * (1 + cells)), at + 4);
      changed.writeUInt32LE(checksum(changed, at + 4, at + CELL, seed), at);
    };
    const name = `batch ${bytes.readBigUInt64LE(at + 8)}: `;
    fields.push(...places(file, name, at, HEADER, seal));
    const layout = layoutOf(bytes.readUInt16LE(at + 60));
    for (let cell = 1; layout !== undefined && cell <= cells; cell++) {
      fields.push(...places(file, `${name}event ${cell}: `, at + CELL * cell, layout.fields, seal));
    }
  }
  return fields;
}

/** Checksums of blocks of cells. */
function sumFields(file: string, bytes: Buffer): Field[] {
  const seal = (changed: Buffer): void => {
    changed.writeUInt32LE(checksum(changed, 4, changed.length), 0);
  };
  const sums: Places = Array.from({ length: (bytes.length - 64) / 4 }, (_, block) => [
    `block ${block}`,
    64 + block * 4,
    4,
  ]);
  return places(file, 'sums: ', 0, [...SUMS, ...sums], seal);
}

function layoutOf(operation: number): Layout<string> | undefined {
  if (operation === op.create_accounts) return accountLayout;
  return operation === op.create_transfers ? transferLayout : undefined;
}

function snapshotFields(file: string, bytes: Buffer): Field[] {
  const size = Number(bytes.readBigUInt64LE(24));
  const table = BLOCK + size;
  const seal = (changed: Buffer): void => {
    for (let chunk = 0; chunk * MIB < size; chunk++) {
      const from = BLOCK + chunk * MIB;
      changed.writeUInt32LE(checksum(changed, from, Math.min(from + MIB, table)), table + chunk * 4);
    }
    changed.writeUInt32LE(checksum(changed, table, changed.length), 20);
    changed.writeUInt32LE(checksum(changed, 4, BLOCK), 0);
  };
  const json = bytes.subarray(64, 64 + bytes.readUInt32LE(16)).toString('latin1');
  const head = JSON.parse(json) as { sections: { name: string; at: number; size: number }[] };
  const fields = places(file, 'head: ', 0, SNAPSHOT, seal);
  for (const { index, 0: text } of json.matchAll(/"[a-zA-Z]+":("[^"]*"|\d+)/g)) {
    fields.push({ file, name: `head: ${text.split(':')[0]}`, offset: 64 + index, size: text.length, seal });
  }
  for (const { name, at, size: length } of head.sections) {
    for (let offset = 0; offset < length; offset += 16) {
      fields.push({
        file,
        name: `${name} ${offset}`,
        offset: BLOCK + at + offset,
        size: Math.min(16, length - offset),
        seal,
      });
    }
  }
  fields.push({ file, name: 'table', offset: table, size: Math.ceil(size / MIB) * 4, seal });
  return fields;
}

function runFields(file: string, bytes: Buffer): Field[] {
  const section = (index: number): { offset: number; size: number } => ({
    offset: Number(bytes.readBigUInt64LE(128 + index * 16)),
    size: Number(bytes.readBigUInt64LE(136 + index * 16)),
  });
  const checksums = section(13);
  const size = CHUNKS[bytes.readUInt32LE(8)]!;
  const seal = (changed: Buffer): void => {
    for (let chunk = 0; chunk * 4 < checksums.size; chunk++) {
      const from = BLOCK + chunk * size;
      const to = Math.min(from + size, checksums.offset);
      changed.writeUInt32LE(checksum(changed, from, to), checksums.offset + chunk * 4);
    }
    changed.writeUInt32LE(checksum(changed, checksums.offset, checksums.offset + checksums.size), 60);
    changed.writeUInt32LE(checksum(changed, 4, BLOCK), 0);
  };
  const fields = places(file, 'header: ', 0, RUN, seal);
  for (const [index, name] of RUN_SECTIONS.entries()) {
    const { offset, size } = section(index);
    fields.push({ file, name: `header: offset of ${name}`, offset: 128 + index * 16, size: 8, seal });
    fields.push({ file, name: `header: size of ${name}`, offset: 136 + index * 16, size: 8, seal });
    if (index < 9) fields.push({ file, name: `header: hash of ${name}`, offset: 352 + index * 4, size: 4, seal });
    const step = Math.max(4, Math.floor(size / SAMPLES / 4) * 4);
    for (let at = 0; at < size; at += step) {
      fields.push({ file, name: `${name} ${at}`, offset: offset + at, size: Math.min(4, size - at), seal });
    }
  }
  return fields;
}

/** Runs a cell of the matrix: one way to run the package, and one kind of ledger. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Column, PRINTED, programs } from './programs.ts';
import type { Row } from './rows.ts';
import type { Tools } from './tools.ts';

const STEP_MS_MAX = 180_000;

/** What came of a cell. */
export interface Cell {
  readonly ok: boolean;
  /** The first error's code, or the line that has it; empty if there was none. */
  readonly said: string;
}

export interface RowResult {
  readonly where: string;
  readonly how: string;
  readonly version: string;
  readonly cells: Partial<Record<Column, Cell>>;
  /** Columns whose outcome is not what the row expects. */
  readonly unexpected: readonly Column[];
}

export const COLUMNS: readonly Column[] = ['folder', 'memory', 'inline', 'client'];

/** The tools that a row needs and that are not there. */
export function missing(row: Row, tools: Tools): string[] {
  return [row.tool, ...(row.needs ?? [])].filter((name) => name !== undefined).filter((name) => !tools.has(name));
}

/** A server for clients, by the command's file: its process and its native address. */
export async function serving(command: string): Promise<[ChildProcess, string]> {
  const off = ['grpc', 'http', 'msgpack', 'metrics'].flatMap((door) => [`--${door}-port`, 'off']);
  const words = [command, 'serve', ':memory:', '--tcp-port', '0', ...off, '--log-level', 'silent'];
  const server = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: server.stdout! })) {
    const address = /tcp:\/\/\S+?:\d+/.exec(line)?.[0];
    if (address !== undefined) return [server, address];
  }
  throw new Error('the server ended before it listened');
}

/** Tries a row. `server`: an address that a client can connect to; without one no client is tried. */
export function tryRow(root: string, row: Row, tools: Tools, server: string | undefined): RowResult {
  const columns = (row.columns ?? COLUMNS).filter((column) => column !== 'client' || server !== undefined);
  const cells = Object.fromEntries(columns.map((column) => [column, tryCell(root, row, column, tools, server ?? '')]));
  const expected = (column: Column): boolean => {
    const refused = row.refused?.[column];
    const { ok, said } = cells[column]!;
    return refused === undefined ? ok : !ok && said === refused;
  };
  return {
    where: row.where,
    how: row.how,
    version: row.tool === undefined ? process.versions.node : tools.version(row.tool),
    cells,
    unexpected: columns.filter((column) => !expected(column)),
  };
}

function tryCell(root: string, row: Row, column: Column, tools: Tools, server: string): Cell {
  const cells = join(tools.folder, 'cells');
  mkdirSync(cells, { recursive: true });
  const folder = mkdtempSync(join(cells, 'cell-'));
  try {
    for (const program of programs(root, column, server)) {
      const failure = tryProgram(row, program, folder, tools);
      if (failure !== undefined) return { ok: false, said: failure };
    }
    return { ok: true, said: '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first error; undefined when the program did what it should. */
function tryProgram(row: Row, program: string, folder: string, tools: Tools): string | undefined {
  let output = '';
  for (const { words, env } of row.prepare(program, folder, tools)) {
    const [command, ...rest] = words;
    const { status, stdout, stderr, error } = spawnSync(command!, rest, {
      cwd: folder,
      encoding: 'utf8',
      timeout: STEP_MS_MAX,
      maxBuffer: 2 ** 26,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    });
    if (error !== undefined) return error.message;
    if (status !== 0) return firstError(stdout + stderr);
    output = stdout;
  }
  const silent = row.tested === true || !program.includes('console.log');
  return silent || output.trim() === PRINTED ? undefined : `it printed ${JSON.stringify(output.slice(0, 100))}`;
}

/** Of the output of a program that failed. */
function firstError(output: string): string {
  const code = /^\s*code: ['"](\w+)['"]/m.exec(output)?.[1];
  if (code !== undefined) return code;
  const lines = output.split('\n').map((line) => line.trim());
  return (lines.find((line) => /error/i.test(line)) ?? lines.find((line) => line !== '') ?? '').slice(0, 200);
}

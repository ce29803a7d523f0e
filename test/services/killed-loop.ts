/** Kills a process under load again and again, and compares everything that it has told with everything else. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'tallystick';
import { audit, LmdbRecords } from '../../packages/services/src/index.ts';

export interface Loop {
  readonly keys: number;
  readonly kills: number;
  /** Between being ready and being killed at most. */
  readonly killMsMax: number;
  /** Hears after each process how far it is. */
  readonly seen?: (progress: { readonly runs: number; readonly kills: number; readonly told: number }) => void;
}

export interface LoopResult {
  readonly told: number;
  readonly kills: number;
  readonly payments: number;
  readonly transfers: number;
}

const child = join(import.meta.dirname, 'killed-child.js');

/** Rejects when a key has had two outcomes, or the ledger is not sound. */
export async function killLoop({ keys, kills, killMsMax, seen }: Loop): Promise<LoopResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-killed-'));
  const outcomes = new Map<string, string>();
  let killed = 0;
  try {
    const each = Math.max(64, Math.ceil(keys / 8));
    for (let run = 0; killed < kills || outcomes.size < keys; run++) {
      // Keys of before are asked for again, together with new ones.
      const from = (run * each) % keys;
      const end = killed < kills ? Math.random() * killMsMax : undefined;
      if (await runOnce(folder, [from, Math.min(2 * each, keys - from), run], outcomes, end)) killed++;
      seen?.({ runs: run + 1, kills: killed, told: outcomes.size });
    }
    await runOnce(folder, [0, keys, 1], outcomes, undefined);
    return { told: outcomes.size, kills: killed, ...(await sound(folder)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runOnce(
  folder: string,
  words: readonly number[],
  outcomes: Map<string, string>,
  killMs: number | undefined,
): Promise<boolean> {
  const process_ = spawn(process.execPath, [child, folder, ...words.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  process_.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (timer === undefined && killMs !== undefined && text.includes('ready\n')) {
      timer = setTimeout(() => process_.kill('SIGKILL'), killMs);
    }
  });
  await once(process_, 'close');
  clearTimeout(timer);
  if (process_.signalCode === null) assert.equal(process_.exitCode, 0);
  // A line without its end was being written when the process died.
  for (const line of text.split('\n').slice(0, -1)) {
    const [, key, told] = /^(\d+) (.*)$/.exec(line) ?? [];
    if (key === undefined) continue;
    const before = outcomes.get(key);
    if (before !== undefined) assert.equal(told, before, `key ${key} has two outcomes`);
    outcomes.set(key, told!);
  }
  return process_.signalCode === 'SIGKILL';
}

async function sound(folder: string): Promise<{ readonly payments: number; readonly transfers: number }> {
  const records = await LmdbRecords.open(join(folder, 'words'));
  const begun = await records.open({ tenant: 0, kind: 'payment-request', limit: 10 });
  await records.close();
  assert.deepEqual(begun, [], 'everything that was begun is done');
  const ledger = await open(join(folder, 'books'));
  const { problems, payments, transfers } = await audit(ledger);
  await ledger.close();
  assert.deepEqual(problems, []);
  return { payments, transfers };
}

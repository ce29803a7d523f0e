/**
 * The checker that nobody here wrote accepts what a ledger answers, and refuses a history with one planted stale read;
 * so its verdict on a run of `npm run torture -- cluster` says something.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '../../testing/model/random.ts';
import type { Line } from '../../torture/cluster/history.ts';
import { judge, porcupine } from '../../torture/cluster/judge.ts';
import { temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
const program = await porcupine();
const skip = program === undefined && 'there is no Go here, or it cannot have github.com/anishathalye/porcupine';
const CLIENTS = 4;
const CALLS = 400;

/** Four clients' calls on one group, answered at moments between call and return: linearizable by how it is made. */
function historyOf(seed: number): Line[] {
  const random = new Random(seed);
  const balances = Array.from({ length: 4 }, () => [0, 0] as [number, number]);
  const there: string[] = [];
  const lines: Line[] = [];
  /** When each client is free again. */
  const free = Array.from({ length: CLIENTS }, () => 0);
  for (let moment = 100; lines.length < CALLS; moment += 10) {
    const client = random.between(0, CLIENTS - 1);
    if (free[client]! >= moment) continue;
    const when = {
      group: 0,
      client,
      call: random.between(free[client]!, moment),
      return: moment + random.between(0, 50),
    };
    free[client] = when.return + 1;
    const choice = random.between(0, 2);
    if (choice === 0)
      lines.push({ ...when, op: 'balances', answer: balances.map(([debits, credits]) => [debits, credits]) });
    else if (choice === 1 && there.length > 0) {
      const id = random.chance(0.5) ? random.pick(there) : 'nobody';
      lines.push({ ...when, op: 'find', id, answer: id !== 'nobody' });
    } else {
      const [debit, id] = [random.between(0, 3), String(moment)];
      const credit = (debit + random.between(1, 3)) % 4;
      const amount = random.between(1, 5);
      const may = debit === 0 || balances[debit]![0] + amount <= balances[debit]![1];
      if (may) {
        balances[debit]![0] += amount;
        balances[credit]![1] += amount;
        there.push(id);
      }
      lines.push({ ...when, op: 'transfer', id, debit, credit, amount, answer: may ? 'created' : 'refused' });
    }
  }
  return lines;
}

function written(name: string, lines: readonly Line[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

test('what a ledger answers is accepted, a create without an answer included', { skip }, async () => {
  const lines = historyOf(1);
  assert.deepEqual((await judge(written('whole.jsonl', lines))).problems, []);
  const last = lines.findLastIndex((line) => line.op === 'transfer' && line.answer === 'created');
  const unheard = lines.map((line, at) => (at === last ? ({ ...line, answer: null, return: null } as Line) : line));
  assert.deepEqual((await judge(written('unheard.jsonl', unheard))).problems, []);
});

test('one stale read among all calls is refused', { skip }, async () => {
  const lines = historyOf(2);
  const reads = lines.flatMap((line, at) => (line.op === 'balances' ? [at] : []));
  // The answer of an earlier read, from before a transfer that was told before this one was asked for.
  const [from, to] = [reads.at(-8)!, reads.at(-1)!];
  const stale = lines.map((line, at) => (at === to ? ({ ...line, answer: lines[from]!.answer } as Line) : line));
  assert.notDeepEqual(stale[to], lines[to], 'the balances have moved between the two');
  const { problems } = await judge(written('stale.jsonl', stale));
  assert.match(problems.join('\n'), /group 0: no order of its 400 calls gives these answers/);
});

test('a transfer that was told and is not found is refused, and so is one that pays what is not there', {
  skip,
}, async () => {
  const lines = historyOf(3);
  const found = lines.findLastIndex((line) => line.op === 'find' && line.answer === true);
  const lost = lines.map((line, at) => (at === found ? ({ ...line, answer: false } as Line) : line));
  assert.equal((await judge(written('lost.jsonl', lost))).problems.length, 1);
  const refused = lines.findLastIndex((line) => line.op === 'transfer' && line.answer === 'refused');
  const paid = lines.map((line, at) => (at === refused ? ({ ...line, answer: 'created' } as Line) : line));
  assert.equal((await judge(written('paid.jsonl', paid))).problems.length, 1);
});

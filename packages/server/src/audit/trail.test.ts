/** What is done to an audit trail is seen, and told apart: each by doing it. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openMemory } from 'tallystick/internal/engine';
import { ObjectLedger, type TallystickError } from 'tallystick/internal/model';
import { anchorIn, anchorsOf } from './anchors.ts';
import { linesOf } from './lines.ts';
import { AuditTrail, auditKey } from './trail.ts';
import { type Anchor, type Finding, Verifier } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-audit-'));
after(() => rmSync(folder, { recursive: true }));
const key = auditKey('a key of the test, not of a server');
const failing: (TallystickError | undefined)[] = [];
const open = (path: string): AuditTrail => new AuditTrail(path, key, (problem) => failing.push(problem));

let files = 0;
/** A trail of `blocks` blocks, with a write each. */
function written(blocks: number): { path: string; lines: string[] } {
  const path = join(folder, `trail-${files++}`);
  const trail = open(path);
  for (let op = 1; op <= blocks; op++) {
    trail.wrote(`"sub":"payments","operation":"create_transfers","events":${op}`, op);
    trail.flush();
  }
  trail.close();
  return { path, lines: readFileSync(path, 'utf8').trimEnd().split('\n') };
}

function verified(path: string, anchors: readonly Anchor[] = []): readonly Finding[] {
  const verifier = new Verifier(key);
  for (const { text, whole } of linesOf(path)) verifier.line(text, whole);
  return verifier.end(anchors).findings;
}

const kinds = (findings: readonly Finding[]): string[] => findings.map(({ kind }) => kind);
const macOf = (line: string): string => (JSON.parse(line) as { mac: string }).mac;

/** The findings of a trail whose lines were changed. */
function changed(change: (lines: string[]) => string[], anchors: readonly Anchor[] = []): readonly Finding[] {
  const { path, lines } = written(6);
  writeFileSync(
    path,
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return verified(path, anchors);
}

test('a trail that nobody touched has no findings, also when several processes wrote it one after the other', () => {
  const { path, lines } = written(5);
  assert.equal(lines.length, 5);
  const trail = open(path);
  assert.deepEqual([trail.head.block, trail.head.record], [5, 5]);
  trail.add({ kind: 'began' });
  trail.add({ kind: 'refused', reason: 'no token' });
  trail.close();
  assert.deepEqual(verified(path), []);
  assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n').length, 6);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('what is recorded in one turn of the event loop is one block, written by the end of the turn', async () => {
  const path = join(folder, 'turn');
  const trail = open(path);
  for (let op = 1; op <= 100; op++) trail.wrote('"sub":"x"', op);
  await new Promise((resolve) => process.nextTick(resolve));
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 1);
  assert.equal((JSON.parse(lines[0]!) as { records: unknown[] }).records.length, 100);
  trail.close();
});

test('a gap: blocks that were taken out are counted', () => {
  const findings = changed((lines) => lines.filter((_, index) => index !== 2 && index !== 3));
  assert.deepEqual(kinds(findings), ['gap']);
  assert.match(findings[0]!.about, /blocks 3 to 4 are missing: 2 records/);
  assert.deepEqual(kinds(changed((lines) => lines.slice(1))), ['gap']);
});

test('a rewrite: whatever byte of a block is changed', () => {
  for (const [from, to] of [
    ['"events":3', '"events":4'],
    ['"payments"', '"salaries"'],
    ['"block":3', '"block":9'],
    ['"kind":"write"', '"kind":"began"'],
  ] as const) {
    const findings = changed((lines) => lines.map((line, index) => (index === 2 ? line.replace(from, to) : line)));
    assert.deepEqual(kinds(findings), ['rewritten', 'gap'], from);
  }
  const sealed = changed((lines) =>
    lines.map((line, index) => (index === 2 ? line.replace(/"mac":"./, '"mac":"g') : line)),
  );
  assert.deepEqual(kinds(sealed), ['rewritten', 'gap']);
  assert.deepEqual(kinds(changed((lines) => [...lines, '{"block":7,"records":[]}'])), ['rewritten']);
});

test('a fork: two processes wrote behind the same block', () => {
  const { path } = written(3);
  const copy = `${path}-copy`;
  writeFileSync(copy, readFileSync(path));
  for (const [file, sub] of [
    [path, 'one'],
    [copy, 'other'],
  ] as const) {
    const trail = open(file);
    trail.wrote(`"sub":"${sub}"`, 4);
    trail.close();
  }
  appendFileSync(path, `${readFileSync(copy, 'utf8').trimEnd().split('\n').at(-1)}\n`);
  assert.deepEqual(kinds(verified(path)), ['fork']);
  // The other one goes on in the place of ours.
  const next = open(copy);
  next.wrote('"sub":"other"', 5);
  next.close();
  const [, , , , fifth] = readFileSync(copy, 'utf8').trimEnd().split('\n');
  writeFileSync(path, `${[...readFileSync(path, 'utf8').split('\n').slice(0, 4), fifth].join('\n')}\n`);
  const findings = verified(path);
  assert.deepEqual(kinds(findings), ['fork']);
  assert.match(findings[0]!.about, /block 5 follows another block 4/);
});

test('a second process that writes the same file is seen by the first, which stops', () => {
  const { path } = written(2);
  const [first, second] = [open(path), open(path)];
  second.wrote('"sub":"second"', 3);
  second.close();
  first.wrote('"sub":"first"', 3);
  first.flush();
  assert.match(first.blocked!.message, /somebody else has written to it/);
  assert.deepEqual(verified(path), []);
});

test('blocks in another order', () => {
  const swapped = changed(([one, two, three, four, five, six]) => [one!, two!, four!, three!, five!, six!]);
  assert.deepEqual(kinds(swapped), ['reordered']);
  assert.deepEqual(kinds(changed((lines) => [...lines, lines[2]!])), ['fork']);
});

test('writes that are not in the order of the journal', () => {
  const path = join(folder, 'ops');
  const trail = open(path);
  trail.wrote('"sub":"x"', 5);
  // A first reply that is told again is not a write out of order.
  trail.wrote('"sub":"x"', 3);
  trail.wrote('"sub":"x"', 5);
  trail.close();
  assert.deepEqual(verified(path), []);
  const again = open(path);
  again.add({ kind: 'write', op: 7 });
  again.add({ kind: 'write', op: 6 });
  again.close();
  assert.deepEqual(kinds(verified(path)), ['reordered']);
});

test('a cut tail is seen by whoever knows how far it went', () => {
  const { path, lines } = written(6);
  const anchor = { block: 6, mac: macOf(lines[5]!), by: 'the log' };
  assert.deepEqual(verified(path, [anchor]), []);
  writeFileSync(path, `${lines.slice(0, 4).join('\n')}\n`);
  assert.deepEqual(verified(path), []);
  const findings = verified(path, [anchor]);
  assert.deepEqual(kinds(findings), ['cut']);
  assert.match(findings[0]!.about, /the log knows of block 6, and the trail ends with block 4/);
});

test('a trail that was written anew by somebody who has the key is not the one that was anchored', () => {
  const { lines } = written(6);
  const other = written(3);
  const trail = open(other.path);
  for (const op of [4, 5, 6]) {
    trail.wrote('"sub":"somebody else"', op);
    trail.flush();
  }
  trail.close();
  assert.deepEqual(verified(other.path), []);
  const findings = verified(other.path, [{ block: 5, mac: macOf(lines[4]!), by: 'the ledger' }]);
  assert.deepEqual(kinds(findings), ['rewritten']);
});

test('a process that ended while it wrote leaves a torn line, and the next goes on behind it', () => {
  const { path } = written(4);
  truncateSync(path, statSync(path).size - 20);
  assert.deepEqual(kinds(verified(path)), ['torn']);
  const trail = open(path);
  assert.equal(trail.head.block, 3);
  trail.wrote('"sub":"x"', 4);
  trail.close();
  assert.deepEqual(kinds(verified(path)), ['torn']);
  // Nobody makes a rewrite look like that: a torn line is vouched for by the block behind it.
  const { path: other, lines } = written(4);
  writeFileSync(other, `${[lines[0], lines[1]!.slice(0, -20), lines[2], lines[3]].join('\n')}\n`);
  assert.deepEqual(kinds(verified(other)), ['rewritten', 'gap']);
});

test('a trail of another key is not gone on with', () => {
  const { path } = written(2);
  assert.throws(() => new AuditTrail(path, auditKey('another key of the test'), () => {}), {
    code: 'configuration_invalid',
  });
  assert.throws(() => auditKey('short'), { code: 'configuration_invalid' });
  const strange = new Verifier(auditKey('another key of the test'));
  for (const { text, whole } of linesOf(path)) strange.line(text, whole);
  assert.deepEqual(kinds(strange.end().findings), ['rewritten', 'rewritten']);
});

test('the head is kept in the ledger, and found there', async () => {
  const { engine } = openMemory();
  const ledger = new ObjectLedger(engine);
  const { path, lines } = written(3);
  const head = { block: 3, mac: macOf(lines[2]!), record: 3 };
  const id = await anchorIn(ledger, head);
  // Once more is the same transfer.
  assert.equal(await anchorIn(ledger, head), id);
  const anchors = await anchorsOf(ledger);
  assert.deepEqual(anchors, [{ block: 3, mac: head.mac.slice(0, 32), by: 'the ledger' }]);
  assert.deepEqual(verified(path, anchors), []);
  writeFileSync(path, `${lines[0]}\n`);
  assert.deepEqual(kinds(verified(path, anchors)), ['cut']);
  await engine.close();
});

/** A page of each kind of dataset, as text and as SVG. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { goldenPath } from '../../test/golden.ts';
import { readPng } from '../data/image.ts';
import { pngOf, waveText } from './drawing.ts';
import { guessKind } from './guess.ts';
import { type InspectDatasetOptions, inspectDataset } from './inspect-dataset.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-inspect-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function page(path: string, options: InspectDatasetOptions = {}): Promise<{ bad: number; text: string }> {
  const lines: string[] = [];
  const bad = await inspectDataset(path, options, (line) => lines.push(line));
  return { bad, text: lines.join('\n') };
}

test('the kind follows from the names of files', () => {
  const kinds = ['data/wine.csv', 'data/wine_zstd.parquet', 'data/arrs.npz', 'data/wav', 'data/det'].map((name) =>
    guessKind(goldenPath(name)),
  );
  assert.deepEqual(kinds, ['csv', 'parquet', 'npy', 'audio', 'coco']);
  assert.throws(() => guessKind(join(folder, 'gone')), { code: 'not_found' });
  assert.throws(() => guessKind(folder), { code: 'dataset_invalid' });
});

test('rows show their fields, from the one that was asked for', async () => {
  const { text, bad } = await page(goldenPath('data/wine.csv'), { from: 3, limit: 2 });
  assert.match(text, /^csv: 178 samples; here 3 to 4\n\n3 {2}.*line 5\n {3}\{"f0":"14.37"/);
  assert.equal(bad, 0);
  const json = await page(goldenPath('data/wine_snappy.parquet'), { limit: 2, json: true });
  assert.deepEqual(
    json.text.split('\n').map((line) => (JSON.parse(line) as { index: number }).index),
    [0, 1],
  );
});

test('sounds are drawn, and a file that is none is shown as bad', async () => {
  const svg = join(folder, 'page.svg');
  const { text, bad } = await page(goldenPath('data/wav'), { limit: 20, svg });
  assert.ok(bad > 0 && text.includes('BAD: '));
  assert.match(text, /[▁▂▃▄▅▆▇█]{5}/);
  const drawn = readFileSync(svg, 'utf8');
  assert.ok(drawn.startsWith('<svg ') && drawn.includes('<path d="M0 '));
  assert.equal(waveText(Float32Array.of(0, 0.5, -1)), ' ▄█');
});

test('pictures have their boxes, in the terminal and in the file', async () => {
  const svg = join(folder, 'boxes.svg');
  const { text } = await page(goldenPath('data/det'), { limit: 1, svg });
  assert.match(text, /0{3}|1{3}/);
  assert.match(text, /\n {3}\d \w+: [\d.]+, [\d.]+, [\d.]+, [\d.]+/);
  const png = /base64,([^"]+)"/.exec(readFileSync(svg, 'utf8'))![1]!;
  assert.equal(readPng(Buffer.from(png, 'base64')).width, 320);
});

test('a picture comes back from its PNG, and a terminal is told nothing that it would obey', async () => {
  const planes = Float32Array.from({ length: 3 * 4 }, (_, at) => (at * 20) / 255);
  assert.deepEqual([...readPng(pngOf(planes, 2)).rgb], [0, 80, 160, 20, 100, 180, 40, 120, 200, 60, 140, 220]);
  const path = join(folder, 'evil.jsonl');
  writeFileSync(path, `{"a":"\\u001b[2J\\u009b1m"}\n`);
  const { text } = await page(path);
  assert.ok(!/[^\P{Cc}\n]/u.test(text));
});

/** Each format of the golden set, read as the Python programs read it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { goldenBytes, goldenPath, goldenText } from '../../test/golden.ts';
import type { Detected } from './detection.ts';
import { statisticsOf } from './features.ts';
import { readPng } from './image.ts';
import type { Box } from './letterbox.ts';
import { Mel } from './mel.ts';
import { readNpy, readNpz } from './npy.ts';
import { openSource, type SourceSpec } from './open-source.ts';
import { resample } from './resample.ts';
import type { Sample } from './source.ts';
import { mono, readWav } from './wav.ts';

const data = (name: string): string => goldenPath(`data/${name}`);
const npy = (name: string): Float64Array => readNpy(goldenBytes(`data/${name}.npy`)).data;

async function all(spec: SourceSpec): Promise<Sample[]> {
  const source = await openSource(spec);
  const samples: Sample[] = [];
  for (let index = 0; index < source.size; index++) samples.push(await source.read(index));
  source.close();
  return samples;
}

function close(found: ArrayLike<number>, expected: ArrayLike<number>, within: number, what: string): void {
  assert.equal(found.length, expected.length, what);
  let worst = 0;
  for (let at = 0; at < found.length; at++) worst = Math.max(worst, Math.abs(found[at]! - expected[at]!));
  assert.ok(worst <= within, `${what}: ${worst} apart`);
}

test('CSV in four dialects gives the same fields', async () => {
  const [head, ...rows] = JSON.parse(goldenText('data/csv_expected.json')) as string[][];
  const expected = rows.map((row) => Object.fromEntries(row.map((field, at) => [head![at], field])));
  for (const [name, delimiter] of [
    ['std', ','],
    ['crlf_all_quoted', ','],
    ['semicolon', ';'],
    ['bom', ','],
  ] as const) {
    const samples = await all({ kind: 'csv', path: data(`csv_${name}.csv`), delimiter });
    assert.deepEqual(
      samples.map(({ record }) => record),
      expected,
      name,
    );
  }
});

test('quotes that never close are an error of the file, a row of another length one of the record', async () => {
  await assert.rejects(openSource({ kind: 'csv', path: data('csv_bad_unclosed.csv') }), {
    code: 'dataset_invalid',
    message: /quotes that open in line 2/,
  });
  const source = await openSource({ kind: 'csv', path: data('csv_bad_ragged.csv') });
  assert.deepEqual(source.read(0), { record: { a: '1', b: '2', c: '3' } });
  for (const bad of [1, 2]) assert.throws(() => source.read(bad), { code: 'dataset_invalid', message: /fields/ });
  assert.match(source.where(1), /csv_bad_ragged[.]csv, line 3$/);
  source.close();
});

test('lines of JSON and files of a folder, and those that are malformed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-text-'));
  try {
    writeFileSync(join(folder, 'lines.jsonl'), '{"a":1}\n\n["two",\n{"c":"\u00fc"}');
    const source = await openSource({ kind: 'jsonl', path: join(folder, 'lines.jsonl') });
    assert.equal(source.size, 3);
    assert.deepEqual([source.read(0), source.read(2)], [{ record: { a: 1 } }, { record: { c: 'ü' } }]);
    assert.throws(() => source.read(1), { code: 'dataset_invalid' });
    assert.match(source.where(1), /line 3$/);
    source.close();
    writeFileSync(join(folder, 'b.txt'), 'second');
    writeFileSync(join(folder, 'a.txt'), Uint8Array.of(0x66, 0xff));
    const files = await openSource({ kind: 'folder', path: folder });
    assert.throws(() => files.read(0), { code: 'dataset_invalid', message: /UTF-8/ });
    assert.deepEqual(files.read(1), { record: { name: 'b.txt', label: undefined, text: 'second' } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('windows of a time series', async () => {
  const columns = ['a', 'b', 'c', 'target'];
  const path = data('series.csv');
  const samples = await all({ kind: 'series', path, columns, target: 'target', window: 8, stride: 3, horizon: 1 });
  assert.deepEqual(
    samples.flatMap(({ x }) => [...x!]),
    [...npy('series_w8_s3_h1.x')],
  );
  assert.deepEqual(
    samples.flatMap(({ y }) => [...y!]),
    [...npy('series_w8_s3_h1.y')],
  );
});

test('features are normalised by statistics of the training part alone', async () => {
  const spec = {
    kind: 'features',
    path: data('wine.csv'),
    label: 'label',
    split: { every: 5, part: 'train' },
  } as const;
  const statistics = statisticsOf(spec);
  const expected = JSON.parse(goldenText('data/wine_stats.json')) as Record<string, number[]>;
  close(statistics.mean, expected.mean!, 1e-9, 'mean');
  close(statistics.deviation, expected['std(ddof=0, 0->1)']!, 1e-9, 'deviation');
  assert.deepEqual([statistics.min, statistics.max], [expected.min, expected.max]);
  for (const by of ['zscore', 'minmax'] as const) {
    const golden = npy(`wine_${by}`);
    for (const part of ['train', 'test'] as const) {
      const samples = await all({ ...spec, split: { every: 5, part }, normalise: { by, statistics } });
      const rows = Array.from({ length: 178 }, (_, row) => row).filter((row) => (row % 5 !== 0) === (part === 'train'));
      assert.equal(samples.length, rows.length);
      for (const [at, row] of rows.entries())
        close(samples[at]!.x!, golden.subarray(row * 14, row * 14 + 14), 2e-6, `${by} ${row}`);
    }
  }
  assert.notDeepEqual(statisticsOf({ ...spec, split: { every: 3, part: 'train' } }).mean, statistics.mean);
});

const wavs = JSON.parse(goldenText('data/wav/expected.json')) as Record<
  string,
  { rate: number; channels: number; frames: number; mono16k_len?: number }
>;

test('WAV in every format gives the samples of libsndfile, to the last bit', () => {
  assert.equal(Object.keys(wavs).length, 10);
  for (const [name, { rate, channels, frames }] of Object.entries(wavs)) {
    const wav = readWav(goldenBytes(`data/wav/${name}.wav`));
    assert.deepEqual([wav.rate, wav.channels, wav.frames], [rate, channels, frames], name);
    assert.deepEqual([...wav.samples], [...npy(`wav/${name}.decoded`)], name);
  }
  const odd = readWav(goldenBytes('data/wav/odd_list_chunk.wav'));
  assert.deepEqual([...odd.samples], [...npy('wav/s16_mono_16k.decoded')]);
  assert.equal(readWav(goldenBytes('data/wav/empty.wav')).frames, 0);
  for (const name of ['bad_truncated', 'bad_notwav']) {
    assert.throws(() => readWav(goldenBytes(`data/wav/${name}.wav`)), { code: 'dataset_invalid' }, name);
  }
});

test('another rate has the length that soxr gives, and is 90 dB from it away from the edges', () => {
  for (const [name, { rate, mono16k_len }] of Object.entries(wavs)) {
    if (mono16k_len === undefined) continue;
    const golden = npy(`wav/${name}.mono16k`);
    const found = resample(mono(readWav(goldenBytes(`data/wav/${name}.wav`))), rate, 16_000);
    assert.equal(found.length, mono16k_len, name);
    const edge = 400;
    let [signal, noise] = [0, 1e-30];
    for (let at = edge; at < found.length - edge; at++) {
      signal += golden[at]! ** 2;
      noise += (found[at]! - golden[at]!) ** 2;
    }
    const decibels = 10 * Math.log10(signal / noise);
    assert.ok(decibels >= 90, `${name}: ${decibels.toFixed(1)} dB`);
  }
});

test("mel spectrograms are librosa's within 1e-4 of their size", () => {
  const mel = new Mel({ rate: 16_000, window: 400, hop: 160, mels: 80 });
  close(mel.filters, npy('wav/mel_filters_16k_400_80'), 1e-7, 'filters');
  const golden = npy('wav/s16_stereo_44k.mel80');
  const found = mel.spectrogram(Float32Array.from(npy('wav/s16_stereo_44k.mono16k')));
  assert.equal(found.length, golden.length);
  const most = golden.reduce((one, other) => Math.max(one, other));
  for (const [at, value] of golden.entries()) {
    assert.ok(Math.abs(found[at]! - value) <= 1e-4 * Math.max(value, 1e-6 * most), `${at}: ${found[at]} for ${value}`);
  }
});

test('arrays of NumPy in any type and order, and in zips', () => {
  const twelve = Array.from({ length: 12 }, (_, at) => at);
  for (const name of ['arr_f32', 'arr_f_order']) {
    assert.deepEqual(
      readNpy(goldenBytes(`data/${name}.npy`)),
      { shape: [3, 4], data: Float64Array.from(twelve) },
      name,
    );
  }
  assert.deepEqual(readNpy(goldenBytes('data/arr_be_i64.npy')), {
    shape: [5],
    data: Float64Array.from(twelve.slice(0, 5)),
  });
  for (const name of ['arrs', 'arrs_c']) {
    const arrays = readNpz(goldenBytes(`data/${name}.npz`));
    assert.deepEqual(arrays.get('a'), { shape: [3], data: Float64Array.of(0, 1, 2) });
    assert.deepEqual(arrays.get('b'), { shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) });
  }
  const whole = goldenBytes('data/arr_f32.npy');
  assert.throws(() => readNpy(whole.subarray(0, whole.length - 1)), { code: 'dataset_invalid' });
  const zip = goldenBytes('data/arrs_c.npz');
  for (let size = 0; size < zip.length; size += 7) {
    assert.throws(() => readNpz(zip.subarray(0, size)), { code: 'dataset_invalid' }, `${size}`);
  }
});

test('parquet in snappy and zstd, with its nulls and its groups of rows', async () => {
  const wine = await all({ kind: 'features', path: data('wine.csv'), columns: ['f0', 'f12'], label: 'label' });
  for (const name of ['snappy', 'zstd']) {
    const path = data(`wine_${name}.parquet`);
    const samples = await all({ kind: 'parquet', path, columns: ['f0', 'f12'], label: 'label' });
    assert.deepEqual(
      samples.map(({ x, y }) => [x, y]),
      wine.map(({ x, y }) => [x, y]),
      name,
    );
    const rows = await all({ kind: 'parquet', path });
    const names = rows.map(({ record }) => (record as { name?: string | null }).name ?? null);
    assert.deepEqual(
      names,
      rows.map((_, row) => (row % 7 === 0 ? null : `row ${row}`)),
      name,
    );
  }
});

test('pictures of PNG are those of PIL', () => {
  for (const name of ['im0', 'im1', 'im3']) {
    const { width, height, rgb } = readPng(goldenBytes(`data/det/images/${name}.png`));
    const golden = readNpy(goldenBytes(`data/det/${name}.rgb.npy`));
    assert.deepEqual([height, width, 3], golden.shape);
    assert.ok(
      golden.data.every((value, at) => rgb[at] === value),
      name,
    );
  }
});

interface Letterboxed {
  readonly size: [number, number];
  readonly resized: [number, number];
  readonly pad_left_top: [number, number];
  readonly boxes_xyxy_640: Box[];
}

/** Without sharp a JPEG is a bad record, and its boxes are not compared. */
const hasSharp = await import('sharp' as string).then(
  () => true,
  () => false,
);

test('boxes of YOLO and COCO come into the square, and the picture with its grey around it', async () => {
  const expected = JSON.parse(goldenText('data/det/expected_letterbox.json')) as Record<string, Letterboxed>;
  for (const kind of ['yolo', 'coco'] as const) {
    const source = await openSource({ kind, path: data('det'), side: 640 });
    assert.equal(source.size, 4);
    for (const [index, name] of Object.keys(expected).sort().entries()) {
      const { size, boxes_xyxy_640: boxes, pad_left_top: pad, resized } = expected[name]!;
      if (name.endsWith('.jpg') && !hasSharp) {
        await assert.rejects(async () => source.read(index), { code: 'dataset_invalid', message: /sharp/ });
        continue;
      }
      const { x, record } = await source.read(index);
      const found = record as Detected;
      assert.deepEqual([found.name, found.width, found.height], [name, ...size]);
      assert.deepEqual(found.classes, ['square', 'circle']);
      // Labels of YOLO have six digits.
      close(found.boxes.flat(), boxes.flat(), kind === 'coco' ? 1e-9 : 2e-3, `${kind} ${name}`);
      const inside = x![(pad[1] + 1) * 640 + pad[0] + 1]!;
      assert.notEqual(Math.fround(inside), Math.fround(114 / 255));
      if (resized[1] < 640) assert.equal(x![0], Math.fround(114 / 255));
    }
  }
});

test('a line of labels that is no box is a bad record of its picture', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-yolo-'));
  try {
    const { cpSync } = await import('node:fs');
    cpSync(data('det'), folder, { recursive: true });
    writeFileSync(join(folder, 'labels', 'im0.txt'), '0 0.5 0.5 0.1\n');
    writeFileSync(join(folder, 'labels', 'im1.txt'), '7 0.5 0.5 0.1 0.1\n');
    const source = await openSource({ kind: 'yolo', path: folder, side: 64 });
    for (const index of [0, 1]) {
      await assert.rejects(async () => source.read(index), {
        code: 'dataset_invalid',
        message: /no box of a known class/,
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

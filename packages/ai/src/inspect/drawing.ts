/** Waveforms and pictures with boxes, as text for a terminal and as SVG for a file. */
import { crc32, deflateSync } from 'node:zlib';
import type { Detected } from '../data/detection.ts';

const BARS = ' ▁▂▃▄▅▆▇█';
const SHADES = ' .:-=+*#%@';
const COLUMNS = 72;
const ROWS = 24;
/** Characters are about twice as high as wide. */
const HIGH = 2;
const COLOURS = ['#e6194b', '#3cb44b', '#4363d8', '#f58231', '#911eb4', '#008080', '#9a6324', '#808000'];

/** The loudest sample of each part, as a line of bars; silence is blank. */
export function waveText(samples: Float32Array): string {
  const peaks = peaksOf(samples, COLUMNS);
  return peaks.map((peak) => BARS[Math.ceil(Math.min(peak, 1) * (BARS.length - 1))]).join('');
}

function peaksOf(samples: Float32Array, parts: number): number[] {
  const count = Math.min(parts, samples.length);
  return Array.from({ length: count }, (_, part) => {
    const from = Math.floor((part * samples.length) / count);
    const to = Math.floor(((part + 1) * samples.length) / count);
    let peak = 0;
    for (const sample of samples.subarray(from, to)) peak = Math.max(peak, Math.abs(sample));
    return peak;
  });
}

/** Red, green and blue planes of `side * side`, in shades of characters; boxes are drawn with their class's digit. */
export function pictureText(planes: Float32Array, side: number, { boxes }: Detected): string {
  const height = Math.min(ROWS, Math.ceil(side / HIGH));
  const width = Math.min(COLUMNS, height * HIGH);
  const lines = Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => {
      const at = Math.floor((row * side) / height) * side + Math.floor((column * side) / width);
      const bright = (planes[at]! + planes[side * side + at]! + planes[2 * side * side + at]!) / 3;
      return SHADES[Math.min(SHADES.length - 1, Math.floor(bright * SHADES.length))]!;
    }),
  );
  for (const [label, left, top, right, bottom] of boxes) {
    const place = (pixel: number, size: number): number =>
      Math.max(0, Math.min(size - 1, Math.floor((pixel * size) / side)));
    const [x0, x1, y0, y1] = [place(left, width), place(right, width), place(top, height), place(bottom, height)];
    const mark = String(label % 10);
    for (let x = x0; x <= x1; x++) lines[y0]![x] = lines[y1]![x] = mark;
    for (let y = y0; y <= y1; y++) lines[y]![x0] = lines[y]![x1] = mark;
  }
  return lines.map((line) => line.join('')).join('\n');
}

/** A line through the samples, in a box of `width` by `height` at (0, `top`). */
export function waveSvg(samples: Float32Array, top: number, width: number, height: number): string {
  const peaks = peaksOf(samples, width);
  const middle = top + height / 2;
  const bars = peaks.map((peak, x) => `M${x} ${middle - (peak * height) / 2}v${Math.max(peak * height, 0.5)}`);
  return `<path d="${bars.join('')}" stroke="#4363d8"/>`;
}

export function pictureSvg(planes: Float32Array, side: number, top: number, { boxes, classes }: Detected): string {
  const png = Buffer.from(pngOf(planes, side)).toString('base64');
  const parts = boxes.map(([label, left, upper, right, lower]) => {
    const colour = COLOURS[label % COLOURS.length];
    const [x, y, w, h] = [left, top + upper, right - left, lower - upper];
    const name = escapeXml(classes[label] ?? String(label));
    return (
      `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="none" stroke="${colour}" stroke-width="2"/>` +
      `<text x="${x + 2}" y="${y + 12}" fill="${colour}">${name}</text>`
    );
  });
  const image = `<image y="${top}" width="${side}" height="${side}" href="data:image/png;base64,${png}"/>`;
  return [image, ...parts].join('\n');
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A PNG of three planes of numbers from 0 to 1. */
export function pngOf(planes: Float32Array, side: number): Uint8Array {
  const lines = new Uint8Array(side * (1 + 3 * side));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let colour = 0; colour < 3; colour++) {
        const bright = planes[colour * side * side + y * side + x]!;
        lines[y * (1 + 3 * side) + 1 + 3 * x + colour] = Math.round(Math.max(0, Math.min(bright, 1)) * 255);
      }
    }
  }
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, side);
  view.setUint32(4, side);
  head.set([8, 2, 0, 0, 0], 8);
  const magic = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    magic,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const words = Buffer.alloc(4);
  words.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([words, body, sum]);
}

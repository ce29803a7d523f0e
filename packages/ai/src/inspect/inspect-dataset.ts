/** `tallystick dataset inspect`: a page of a dataset's samples, as text and, where a file is named, as SVG. */
import { writeFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal';
import type { Detected } from '../data/detection.ts';
import { openSource } from '../data/open-source.ts';
import type { Sample, Source } from '../data/source.ts';
import { escapeXml, pictureSvg, pictureText, waveSvg, waveText } from './drawing.ts';
import { guessKind, type Inspected, specOf } from './guess.ts';

export interface InspectDatasetOptions {
  readonly kind?: Inspected | undefined;
  /** Number of the first sample. */
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
  /** A file that gets the page as SVG. */
  readonly svg?: string | undefined;
  /** One object a line. */
  readonly json?: boolean | undefined;
}

const LIMIT = 10;
const WIDTH = 720;
const WAVE = 96;
const LINE = 16;
const NUMBERS_MAX = 12;
const TEXT_MAX = 400;

/** Resolves with the number of bad records on the page. Rejects with `not_found` or `dataset_invalid`. */
export async function inspectDataset(
  path: string,
  options: InspectDatasetOptions,
  say: (line: string) => void,
): Promise<number> {
  const kind = options.kind ?? guessKind(path);
  const source = await openSource(specOf(kind, path));
  const page = new Page(kind, source, options.json === true, say);
  try {
    const from = options.from ?? 0;
    const to = Math.min(source.size, from + (options.limit ?? LIMIT));
    if (options.json !== true) {
      const shapes = source.shape === undefined ? '' : `, each of ${source.shape.join(' x ')}`;
      say(`${kind}: ${source.size} samples${shapes}; here ${from} to ${Math.max(from, to) - 1}`);
    }
    for (let index = from; index < to; index++) await page.show(index);
    if (options.svg !== undefined) writeFileSync(options.svg, page.svg());
    return page.bad;
  } finally {
    source.close();
  }
}

class Page {
  readonly #kind: Inspected;
  readonly #source: Source;
  readonly #asJson: boolean;
  readonly #say: (line: string) => void;
  readonly #parts: string[] = [];
  #height = 0;
  bad = 0;

  constructor(kind: Inspected, source: Source, asJson: boolean, say: (line: string) => void) {
    this.#kind = kind;
    this.#source = source;
    this.#asJson = asJson;
    this.#say = say;
  }

  async show(index: number): Promise<void> {
    const where = this.#source.where(index);
    let sample: Sample;
    try {
      sample = await this.#source.read(index);
    } catch (error) {
      if (!(error instanceof TallystickError)) throw error;
      this.bad += 1;
      if (this.#asJson) this.#say(JSON.stringify({ index, where, bad: error.message }));
      else this.#say(`\n${index}  ${printable(where)}\n   BAD: ${printable(error.message)}`);
      this.#caption(`${index}  ${where}: ${error.message}`);
      return;
    }
    if (this.#asJson) this.#say(JSON.stringify({ index, where, ...plain(sample) }));
    else this.#text(index, where, sample);
    this.#draw(`${index}  ${where}`, sample);
  }

  svg(): string {
    const size = `width="${WIDTH}" height="${this.#height}" viewBox="0 0 ${WIDTH} ${this.#height}"`;
    const style = 'font-family="monospace" font-size="12"';
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${style}>\n${this.#parts.join('\n')}\n</svg>\n`;
  }

  #text(index: number, where: string, sample: Sample): void {
    this.#say(`\n${index}  ${printable(where)}`);
    const detected = this.#detected(sample);
    if (this.#kind === 'audio') this.#say(`   ${waveText(sample.x!)}`);
    else if (detected !== undefined) {
      this.#say(pictureText(sample.x!, this.#source.shape![1]!, detected));
      for (const [label, ...corners] of detected.boxes) {
        const name = detected.classes[label] ?? String(label);
        this.#say(`   ${label} ${printable(name)}: ${corners.map((corner) => corner.toFixed(1)).join(', ')}`);
      }
      return;
    } else if (sample.x !== undefined) this.#say(`   x ${numbers(sample.x)}`);
    if (sample.y !== undefined) this.#say(`   y ${numbers(sample.y)}`);
    if (sample.record !== undefined) this.#say(`   ${printable(JSON.stringify(sample.record, plainValue))}`);
  }

  #draw(caption: string, sample: Sample): void {
    this.#caption(caption);
    const detected = this.#detected(sample);
    if (this.#kind === 'audio') {
      this.#parts.push(waveSvg(sample.x!, this.#height, WIDTH, WAVE));
      this.#height += WAVE;
    } else if (detected !== undefined) {
      const side = this.#source.shape![1]!;
      this.#parts.push(pictureSvg(sample.x!, side, this.#height, detected));
      this.#height += side;
    } else this.#caption(JSON.stringify(plain(sample), plainValue).slice(0, TEXT_MAX));
  }

  #caption(text: string): void {
    this.#height += LINE;
    this.#parts.push(`<text x="2" y="${this.#height - 4}">${escapeXml(printable(text))}</text>`);
  }

  #detected(sample: Sample): Detected | undefined {
    return this.#kind === 'yolo' || this.#kind === 'coco' ? (sample.record as Detected) : undefined;
  }
}

function plain({ x, y, record }: Sample): object {
  return {
    ...(x !== undefined && { x: [...x.subarray(0, NUMBERS_MAX)], size: x.length }),
    ...(y !== undefined && { y: [...y.subarray(0, NUMBERS_MAX)] }),
    ...(record !== undefined && { record: JSON.parse(JSON.stringify(record, plainValue)) as unknown }),
  };
}

const plainValue = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

function numbers(values: Float32Array): string {
  const shown = [...values.subarray(0, NUMBERS_MAX)].map((value) => Number(value.toPrecision(6)));
  return `${shown.join(' ')}${values.length > NUMBERS_MAX ? ` … (${values.length})` : ''}`;
}

/** Data may hold what a terminal would obey. */
function printable(text: string): string {
  const cut = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
  return cut.replace(/\p{Cc}/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

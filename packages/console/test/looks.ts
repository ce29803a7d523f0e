/**
 * How screens look, against small pictures of how they looked when somebody last agreed to that. Pictures are reduced
 * to a tenth before they are compared, so that a digit or a second more is as grey as the one before, and words in
 * another font are nearly so. Another theme and a sheet that is not there are found, and most of what stands elsewhere.
 * `CONSOLE_LOOKS=write` agrees to what is there now.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'packages', 'console', 'test', 'looks');
const REDUCED = 10;
/** How far two colours may be apart, as pixelmatch counts. */
const COLOUR = 0.1;
/**
 * Share of a picture that may be another. Seen: 0 a second later, 0.3 to 5.6 % without the rows of a table, 0.7 to
 * 10.4 % in a font with serifs, 2.7 % once for a form on a busy machine, 7.7 to 27 % where everything stands higher.
 */
export const APART_MAX = 0.12;
const writes = process.env.CONSOLE_LOOKS === 'write';

function reduced(bytes: Buffer): PNG {
  const whole = PNG.sync.read(bytes);
  const width = Math.floor(whole.width / REDUCED);
  const height = Math.floor(whole.height / REDUCED);
  const small = new PNG({ width, height });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 4; channel++) {
        small.data[(y * width + x) * 4 + channel] = Math.round(sumOf(whole, x, y, channel) / REDUCED ** 2);
      }
    }
  }
  return small;
}

function sumOf(whole: PNG, x: number, y: number, channel: number): number {
  let sum = 0;
  for (let dy = 0; dy < REDUCED; dy++) {
    for (let dx = 0; dx < REDUCED; dx++) {
      sum += whole.data[((y * REDUCED + dy) * whole.width + x * REDUCED + dx) * 4 + channel]!;
    }
  }
  return sum;
}

/** Share of two reduced pictures that is not alike; 1 for different sizes. */
function apart(one: PNG, other: PNG): number {
  const { width, height } = one;
  if (other.width !== width || other.height !== height) return 1;
  const options = { threshold: COLOUR, includeAA: true };
  return pixelmatch(one.data, other.data, undefined, width, height, options) / (width * height);
}

/** Share of two pictures that is not alike. */
export function difference(one: Buffer, other: Buffer): number {
  return apart(reduced(one), reduced(other));
}

/** Compares screens with how they looked; `said` has what is wrong. */
export class Looks {
  readonly said: string[] = [];

  constructor() {
    mkdirSync(FOLDER, { recursive: true });
  }

  look(name: string, picture: Buffer): void {
    const path = join(FOLDER, `${name}.png`);
    const small = reduced(picture);
    if (writes) writeFileSync(path, PNG.sync.write(small));
    else if (!existsSync(path)) this.said.push(`${name}: nobody has agreed to its looks: CONSOLE_LOOKS=write does`);
    else {
      const share = apart(PNG.sync.read(readFileSync(path)), small);
      if (share <= APART_MAX) return;
      const percent = (share * 100).toFixed(1);
      this.said.push(`${name}: ${percent} % look otherwise than ${path}; CONSOLE_LOOKS=write agrees to that`);
    }
  }
}

/** Fits a picture into a square: scaled by one factor, centred, the rest grey. Boxes go the same way. */
import type { Picture } from './image.ts';

export interface Fit {
  readonly scale: number;
  readonly width: number;
  readonly height: number;
  /** Pixels to the left of the picture and above it. */
  readonly left: number;
  readonly top: number;
}

/** A class, and corners in pixels. */
export type Box = readonly [label: number, left: number, top: number, right: number, bottom: number];

const GREY = 114 / 255;

export function fitOf(width: number, height: number, side: number): Fit {
  const scale = Math.min(side / width, side / height);
  const [fitWidth, fitHeight] = [roundEven(width * scale), roundEven(height * scale)];
  const [left, top] = [Math.floor((side - fitWidth) / 2), Math.floor((side - fitHeight) / 2)];
  return { scale, width: fitWidth, height: fitHeight, left, top };
}

export function fitBox([label, left, top, right, bottom]: Box, { scale, left: x, top: y }: Fit): Box {
  return [label, left * scale + x, top * scale + y, right * scale + x, bottom * scale + y];
}

/** Red, green and blue planes of `side * side` numbers from 0 to 1, between pixels on straight lines. */
export function letterbox({ width, height, rgb }: Picture, side: number): Float32Array {
  const fit = fitOf(width, height, side);
  const planes = new Float32Array(3 * side * side).fill(GREY);
  for (let row = 0; row < fit.height; row++) {
    const y = clamp(((row + 0.5) * height) / fit.height - 0.5, height - 1);
    for (let column = 0; column < fit.width; column++) {
      const x = clamp(((column + 0.5) * width) / fit.width - 0.5, width - 1);
      const at = (fit.top + row) * side + fit.left + column;
      for (let colour = 0; colour < 3; colour++) {
        planes[colour * side * side + at] = between(rgb, width, height, x, y, colour) / 255;
      }
    }
  }
  return planes;
}

function between(rgb: Uint8Array, width: number, height: number, x: number, y: number, colour: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
  const at = (column: number, row: number): number => rgb[(row * width + column) * 3 + colour]!;
  const above = at(left, top) + (at(right, top) - at(left, top)) * (x - left);
  const below = at(left, bottom) + (at(right, bottom) - at(left, bottom)) * (x - left);
  return above + (below - above) * (y - top);
}

function clamp(x: number, max: number): number {
  return Math.max(0, Math.min(x, max));
}

/** Halves go to the even number, as Python rounds. */
function roundEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

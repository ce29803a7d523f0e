/** Pictures as rows of red, green and blue bytes: PNG by zlib, JPEG by `sharp` where that is installed. */
import { inflateSync } from 'node:zlib';
import { invalidData } from './source.ts';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** `height * width * 3`. */
  readonly rgb: Uint8Array;
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PIXELS_MAX = 2 ** 26;
/** Channels of PNG's colour types. */
const CHANNELS: { readonly [type: number]: number } = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function isPng(bytes: Uint8Array): boolean {
  return PNG.every((byte, at) => bytes[at] === byte);
}

export async function readPicture(bytes: Uint8Array): Promise<Picture> {
  if (isPng(bytes)) return readPng(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes);
  throw invalidData('the picture is neither PNG nor JPEG');
}

/** What we use of `sharp`, which is not among the package's dependencies. */
type Sharp = (bytes: Uint8Array) => {
  removeAlpha(): { raw(): { toBuffer(options: { resolveWithObject: true }): Promise<SharpResult> } };
};
type SharpResult = { data: Uint8Array; info: { width: number; height: number; channels: number } };

async function readJpeg(bytes: Uint8Array): Promise<Picture> {
  const name = 'sharp';
  const found = (await import(name).catch((error: unknown) => {
    throw invalidData('JPEG is read by sharp, which is not installed: `npm install sharp`', error);
  })) as { default: Sharp };
  try {
    const { data, info } = await found.default(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const rgb =
      info.channels === 3 ? data : Uint8Array.from({ length: data.length * 3 }, (_, at) => data[Math.floor(at / 3)]!);
    return { width: info.width, height: info.height, rgb };
  } catch (error) {
    throw invalidData(`the JPEG cannot be read: ${(error as Error).message}`, error);
  }
}

/** 8 bits a channel, not interlaced; transparency is left out. */
export function readPng(bytes: Uint8Array): Picture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let head: { width: number; height: number; channels: number; type: number } | undefined;
  for (let at = PNG.length; at + 12 <= bytes.length; ) {
    const size = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (size > bytes.length - at - 12) break;
    if (name === 'IHDR') head = headOf(view, at + 8);
    else if (name === 'PLTE') palette = bytes.subarray(at + 8, at + 8 + size);
    else if (name === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + size));
    else if (name === 'IEND' && head !== undefined) {
      return {
        width: head.width,
        height: head.height,
        rgb: coloured(unfiltered(inflated(parts, head), head), head, palette),
      };
    }
    at += 12 + size;
  }
  throw invalidData('the PNG ends before its end');
}

type Head = { readonly width: number; readonly height: number; readonly channels: number; readonly type: number };

function headOf(view: DataView, at: number): Head {
  const [width, height] = [view.getUint32(at), view.getUint32(at + 4)];
  const [bits, type, interlaced] = [view.getUint8(at + 8), view.getUint8(at + 9), view.getUint8(at + 12)];
  const channels = CHANNELS[type];
  if (bits !== 8 || interlaced !== 0 || channels === undefined) {
    throw invalidData(`PNG with ${bits} bits, colours of type ${type}${interlaced ? ', interlaced,' : ''} is not read`);
  }
  if (width === 0 || height === 0 || width * height > PIXELS_MAX)
    throw invalidData(`a PNG of ${width} by ${height} is not read`);
  return { width, height, channels, type };
}

function inflated(parts: readonly Uint8Array[], { width, height, channels }: Head): Uint8Array {
  const size = height * (1 + width * channels);
  try {
    const bytes = inflateSync(Buffer.concat(parts), { maxOutputLength: size });
    if (bytes.length === size) return bytes;
  } catch (error) {
    throw invalidData(`the PNG's pixels cannot be read: ${(error as Error).message}`, error);
  }
  throw invalidData('the PNG has fewer pixels than it says');
}

/** Each line is stored as differences, in one of five ways. */
function unfiltered(lines: Uint8Array, { width, height, channels }: Head): Uint8Array {
  const stride = width * channels;
  const found = new Uint8Array(height * stride);
  for (let row = 0; row < height; row++) {
    const filter = lines[row * (stride + 1)]!;
    if (filter > 4) throw invalidData(`the PNG has a filter ${filter}`);
    for (let at = 0; at < stride; at++) {
      const left = at >= channels ? found[row * stride + at - channels]! : 0;
      const above = row > 0 ? found[(row - 1) * stride + at]! : 0;
      const corner = row > 0 && at >= channels ? found[(row - 1) * stride + at - channels]! : 0;
      const guess = [0, left, above, (left + above) >> 1, filter === 4 ? paeth(left, above, corner) : 0][filter]!;
      found[row * stride + at] = lines[row * (stride + 1) + 1 + at]! + guess;
    }
  }
  return found;
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [toLeft, toAbove, toCorner] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

function coloured(
  pixels: Uint8Array,
  { width, height, channels, type }: Head,
  palette: Uint8Array | undefined,
): Uint8Array {
  if (type === 2) return pixels;
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const at = pixel * channels;
    for (let colour = 0; colour < 3; colour++) {
      if (type === 3) rgb[pixel * 3 + colour] = palette?.[pixels[at]! * 3 + colour] ?? 0;
      else rgb[pixel * 3 + colour] = pixels[type === 6 ? at + colour : at]!;
    }
  }
  return rgb;
}

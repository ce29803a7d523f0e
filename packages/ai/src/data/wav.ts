/**
 * WAV: 8 to 32 bits, floats of 32 and 64, mu-law and A-law, in plain and extensible headers. Chunks that are not known
 * are passed over; one with an odd size is followed by a byte that is not part of it. Numbers are those of libsndfile.
 */
import { invalidData } from './source.ts';

export interface Wav {
  readonly rate: number;
  readonly channels: number;
  readonly frames: number;
  /** Interleaved, from -1 to 1. */
  readonly samples: Float32Array;
}

const Format = { pcm: 1, float: 3, alaw: 6, mulaw: 7, extensible: 0xfffe } as const;
const CHANNELS_MAX = 256;

interface Head {
  readonly format: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

type Decode = (view: DataView, at: number) => number;

export function readWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw invalidData('this is no WAV file');
  let head: Head | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const name = tag(at);
    if (size > bytes.length - at - 8) throw invalidData(`the file ends within its chunk ${JSON.stringify(name)}`);
    if (name === 'fmt ') head = headOf(view, at + 8, size);
    else if (name === 'data') {
      if (head === undefined) throw invalidData('the data come before the format');
      return decoded(head, view, at + 8, size);
    }
    at += 8 + size + (size % 2);
  }
  throw invalidData('the file has no data');
}

function headOf(view: DataView, at: number, size: number): Head {
  if (size < 16) throw invalidData('the format has less than 16 bytes');
  let format = view.getUint16(at, true);
  if (format === Format.extensible && size >= 40) format = view.getUint16(at + 24, true);
  const channels = view.getUint16(at + 2, true);
  const rate = view.getUint32(at + 4, true);
  if (channels === 0 || channels > CHANNELS_MAX || rate === 0)
    throw invalidData('the format has no channels or no rate');
  return { format, channels, rate, bits: view.getUint16(at + 14, true) };
}

function decoded({ format, channels, rate, bits }: Head, view: DataView, at: number, size: number): Wav {
  const decode = decoderOf(format, bits);
  const width = bits / 8;
  const frames = Math.floor(size / (width * channels));
  const samples = new Float32Array(frames * channels);
  for (let index = 0; index < samples.length; index++) samples[index] = decode(view, at + index * width);
  return { rate, channels, frames, samples };
}

function decoderOf(format: number, bits: number): Decode {
  if (format === Format.pcm && bits === 8) return (view, at) => (view.getUint8(at) - 128) / 2 ** 7;
  if (format === Format.pcm && bits === 16) return (view, at) => view.getInt16(at, true) / 2 ** 15;
  if (format === Format.pcm && bits === 24) {
    return (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
  }
  if (format === Format.pcm && bits === 32) return (view, at) => view.getInt32(at, true) / 2 ** 31;
  if (format === Format.float && bits === 32) return (view, at) => view.getFloat32(at, true);
  if (format === Format.float && bits === 64) return (view, at) => view.getFloat64(at, true);
  if (format === Format.mulaw && bits === 8) return (view, at) => muLaw(view.getUint8(at)) / 2 ** 15;
  if (format === Format.alaw && bits === 8) return (view, at) => aLaw(view.getUint8(at)) / 2 ** 15;
  throw invalidData(`WAV format ${format} with ${bits} bits is not read`);
}

/** ITU-T G.711: three bits of exponent, four of mantissa, all inverted. */
function muLaw(code: number): number {
  const inverted = ~code & 0xff;
  const size = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted >> 4) & 7)) - 0x84;
  return (inverted & 0x80) !== 0 ? 0 - size : size;
}

/** ITU-T G.711: every other bit is inverted. */
function aLaw(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled >> 4) & 7;
  const mantissa = ((toggled & 0x0f) << 4) + (exponent === 0 ? 8 : 0x108);
  const size = exponent > 1 ? mantissa << (exponent - 1) : mantissa;
  return (toggled & 0x80) !== 0 ? size : 0 - size;
}

/** The mean of the channels. */
export function mono({ channels, frames, samples }: Wav): Float32Array {
  if (channels === 1) return samples;
  return Float32Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[frame * channels + channel]!;
    return sum / channels;
  });
}

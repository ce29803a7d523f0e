/** A folder of WAV files as waveforms or mel spectrograms of one length, labelled by the first folder's name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Mel } from './mel.ts';
import { resample } from './resample.ts';
import { fingerprintOf, invalidData, type Source } from './source.ts';
import { filesOf } from './text.ts';
import { mono, readWav } from './wav.ts';

export interface AudioSpec {
  readonly kind: 'audio';
  readonly path: string;
  /** Hertz that every file is brought to. */
  readonly rate: number;
  /** Samples of each; longer files are cut, shorter ones filled with silence. */
  readonly samples: number;
  /** Mel spectrograms in place of waveforms. */
  readonly mel?: { readonly window: number; readonly hop: number; readonly mels: number };
}

export function openAudio(spec: AudioSpec): Source {
  const { names, fingerprint } = filesOf(spec.path, ['.wav']);
  const labels = [...new Set(names.map(labelOf))].sort();
  const mel = spec.mel === undefined ? undefined : new Mel({ rate: spec.rate, ...spec.mel });
  if (spec.mel !== undefined && spec.samples <= spec.mel.window / 2)
    throw invalidData('samples are more than half a window');
  return {
    size: names.length,
    fingerprint: fingerprintOf({ ...spec, path: undefined }, fingerprint),
    shape: mel === undefined ? [spec.samples] : [spec.mel!.mels, mel.frames(spec.samples)],
    yShape: [1],
    read: (index) => {
      const name = names[index]!;
      const wav = readWav(readFileSync(join(spec.path, name)));
      if (wav.frames === 0) throw invalidData('the file has no samples');
      const sound = new Float32Array(spec.samples);
      sound.set(resample(mono(wav), wav.rate, spec.rate).subarray(0, spec.samples));
      const y = Float32Array.of(labels.indexOf(labelOf(name)));
      return { x: mel === undefined ? sound : mel.spectrogram(sound), y, record: { name, label: labelOf(name) } };
    },
    where: (index) => join(spec.path, names[index]!),
    close: () => undefined,
  };
}

function labelOf(name: string): string {
  return name.includes('/') ? name.slice(0, name.indexOf('/')) : '';
}

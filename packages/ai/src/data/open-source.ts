/**
 * Opens a dataset by its spec, which is plain JSON: threads open the same one, and a state's fingerprint covers it. A
 * module of your own opens what is none of ours.
 */
import { type AudioSpec, openAudio } from './audio.ts';
import { type DetectionSpec, openDetection } from './detection.ts';
import { type FeaturesSpec, openFeatures } from './features.ts';
import { type NpySpec, openNpy } from './npy.ts';
import { openParquet, type ParquetSpec } from './parquet.ts';
import { openSeries, type SeriesSpec } from './series.ts';
import { invalidData, type Source } from './source.ts';
import { openText, type TextSpec } from './text.ts';

/** A module whose `open(argument)` returns a {@link Source}, or a promise of one. */
export interface ModuleSpec {
  readonly kind: 'module';
  /** As `import` takes it: an absolute URL. */
  readonly url: string;
  readonly argument?: unknown;
}

export type SourceSpec =
  | TextSpec
  | FeaturesSpec
  | SeriesSpec
  | AudioSpec
  | DetectionSpec
  | NpySpec
  | ParquetSpec
  | ModuleSpec;

/** Rejects with `dataset_invalid` if the dataset cannot be opened. */
export async function openSource(spec: SourceSpec): Promise<Source> {
  switch (spec.kind) {
    case 'csv':
    case 'jsonl':
    case 'folder':
      return openText(spec);
    case 'features':
      return openFeatures(spec);
    case 'series':
      return openSeries(spec);
    case 'audio':
      return openAudio(spec);
    case 'yolo':
    case 'coco':
      return openDetection(spec);
    case 'npy':
      return openNpy(spec);
    case 'parquet':
      return openParquet(spec);
    case 'module': {
      const opened = (await import(spec.url)) as { open(argument: unknown): Source | Promise<Source> };
      return opened.open(spec.argument);
    }
    default:
      throw invalidData(`there is no dataset of kind ${JSON.stringify((spec as { kind: unknown }).kind)}`);
  }
}

/** Pictures with boxes, in the folders of YOLO or by the annotations of COCO. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readPicture } from './image.ts';
import { type Box, fitBox, fitOf, letterbox } from './letterbox.ts';
import { fingerprintOf, invalidData, type Source } from './source.ts';
import { filesOf } from './text.ts';

export interface DetectionSpec {
  /** `yolo`: `images/`, `labels/` and `classes.txt` below `path`. `coco`: `images/` below it, and `annotations`. */
  readonly kind: 'yolo' | 'coco';
  readonly path: string;
  /** COCO's file of annotations. Default: `coco.json` below `path`. */
  readonly annotations?: string;
  /** Pixels of the square that pictures are fitted into. */
  readonly side: number;
}

/** What a sample's record says. */
export interface Detected {
  readonly name: string;
  /** Pixels of the picture itself. */
  readonly width: number;
  readonly height: number;
  /** In pixels of the square. */
  readonly boxes: readonly Box[];
  /** Names of the classes, by number. */
  readonly classes: readonly string[];
}

/** Boxes of a picture, in pixels. */
type BoxesOf = (name: string, width: number, height: number) => Box[];

export function openDetection(spec: DetectionSpec): Source {
  const images = join(spec.path, 'images');
  const { names, fingerprint } = filesOf(images, ['.png', '.jpg', '.jpeg']);
  const { classes, boxesOf, digest } = spec.kind === 'yolo' ? yolo(spec, names) : coco(spec);
  return {
    size: names.length,
    fingerprint: fingerprintOf(spec.kind, spec.side, fingerprint, digest),
    shape: [3, spec.side, spec.side],
    read: async (index) => {
      const name = names[index]!;
      const picture = await readPicture(readFileSync(join(images, name)));
      const { width, height } = picture;
      const fit = fitOf(width, height, spec.side);
      const boxes = boxesOf(name, width, height).map((box) => fitBox(box, fit));
      const record: Detected = { name, width, height, boxes, classes };
      return { x: letterbox(picture, spec.side), record };
    },
    where: (index) => join(images, names[index]!),
    close: () => undefined,
  };
}

interface Labels {
  readonly classes: readonly string[];
  readonly boxesOf: BoxesOf;
  readonly digest: string;
}

/** `labels/NAME.txt` has a line a box: class, centre and size as shares of the picture. No file: no boxes. */
function yolo({ path }: DetectionSpec, names: readonly string[]): Labels {
  const list = join(path, 'classes.txt');
  const classes = existsSync(list) ? lines(readFileSync(list, 'utf8')) : [];
  const fileOf = (name: string): string => join(path, 'labels', name.replace(/[.]\w+$/, '.txt'));
  const texts = names.map((name) => (existsSync(fileOf(name)) ? readFileSync(fileOf(name), 'utf8') : ''));
  const byName = new Map(names.map((name, at) => [name, texts[at]!]));
  return {
    classes,
    digest: fingerprintOf(classes, texts),
    boxesOf: (name, width, height) =>
      lines(byName.get(name) ?? '').map((line, at) => {
        const [label, x, y, w, h, ...more] = line.trim().split(/\s+/).map(Number);
        const known = classes.length === 0 || label! < classes.length;
        const isBox = [label, x, y, w, h].every((number) => Number.isFinite(number)) && more.length === 0;
        if (!isBox || !Number.isInteger(label) || label! < 0 || !known) {
          throw invalidData(
            `line ${at + 1} of ${basename(fileOf(name))} is no box of a known class: ${line.slice(0, 60)}`,
          );
        }
        const left = (x! - w! / 2) * width;
        const top = (y! - h! / 2) * height;
        return [label!, left, top, left + w! * width, top + h! * height];
      }),
  };
}

interface CocoFile {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations: readonly { readonly image_id: number; readonly category_id: number; readonly bbox: number[] }[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}

/** Classes are numbered from 0, in the order of the categories' ids. */
function coco({ path, annotations = join(path, 'coco.json') }: DetectionSpec): Labels {
  let file: CocoFile;
  let text: string;
  try {
    text = readFileSync(annotations, 'utf8');
    file = JSON.parse(text) as CocoFile;
  } catch (error) {
    throw invalidData(`${annotations} cannot be read: ${(error as Error).message}`, error);
  }
  if (![file.images, file.annotations, file.categories].every(Array.isArray)) {
    throw invalidData(`${annotations} is not a file of COCO annotations`);
  }
  const categories = [...file.categories].sort((one, other) => one.id - other.id);
  const labels = new Map(categories.map(({ id }, label) => [id, label]));
  const images = new Map(file.images.map(({ file_name, id }) => [file_name, id]));
  const byImage = new Map<number, CocoFile['annotations'][number][]>();
  for (const box of file.annotations) byImage.set(box.image_id, [...(byImage.get(box.image_id) ?? []), box]);
  return {
    classes: categories.map(({ name }) => name),
    digest: fingerprintOf(text),
    boxesOf: (name) => {
      const image = images.get(name);
      if (image === undefined) throw invalidData(`${annotations} knows no picture ${name}`);
      return (byImage.get(image) ?? []).map(({ category_id, bbox }) => {
        const label = labels.get(category_id);
        const [left, top, width, height] = bbox ?? [];
        if (label === undefined || ![left, top, width, height].every(Number.isFinite)) {
          throw invalidData(`${annotations} has a box of ${name} without a known category or four numbers`);
        }
        return [label, left!, top!, left! + width!, top! + height!];
      });
    },
  };
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

/**
 * Writes an OCI image layout: `oci-layout`, `index.json`, and `blobs/sha256/` with layers, their configuration and a
 * manifest. The same files give the same bytes: archives are sorted, and have the owner, mode and time that they are
 * given.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Files of a layer that are alike in owner and mode. */
export interface LayerPart {
  /** Paths in the layer's folder; a folder is taken with all that is in it. */
  readonly paths: readonly string[];
  /** The number of the user and of the group; left out: 0. */
  readonly owner?: number;
  /** As `tar --mode` takes it; left out: readable for all, and programs stay programs. */
  readonly mode?: string;
}

export interface Layer {
  readonly folder: string;
  readonly about: string;
  readonly parts: readonly LayerPart[];
}

export interface Image {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** What runs, as the specification of images calls it. */
  readonly config: object;
  readonly annotations: Readonly<Record<string, string>>;
  /** Seconds since the epoch: of everything in the image. */
  readonly seconds: number;
  /** Of gzip, 1 to 9. */
  readonly level: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const TYPE = 'application/vnd.oci.image';
const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Writes the layout into a folder that is absent, and returns the digest of its manifest. */
export function writeLayout(image: Image, out: string): string {
  const blobs = join(out, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const store = (mediaType: string, bytes: Buffer): Descriptor => {
    const digest = digestOf(bytes);
    writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const json = (mediaType: string, value: object): Descriptor => store(mediaType, Buffer.from(JSON.stringify(value)));

  const created = new Date(image.seconds * 1000).toISOString();
  const layers = image.layers.map((layer) => {
    const tar = archived(layer, image.seconds, join(out, 'layer.tar'));
    const descriptor = store(`${TYPE}.layer.v1.tar+gzip`, gzipSync(tar, { level: image.level }));
    return { descriptor, diffId: digestOf(tar), about: layer.about };
  });
  const platform = { architecture: 'amd64', os: 'linux' };
  const config = json(`${TYPE}.config.v1+json`, {
    created,
    ...platform,
    config: image.config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ about }) => ({ created, created_by: about })),
  });
  const mediaType = `${TYPE}.manifest.v1+json`;
  const manifest = json(mediaType, {
    schemaVersion: 2,
    mediaType,
    config,
    layers: layers.map(({ descriptor }) => descriptor),
    annotations: { ...image.annotations, 'org.opencontainers.image.created': created },
  });
  const annotations = { 'org.opencontainers.image.ref.name': image.name };
  const index = {
    schemaVersion: 2,
    mediaType: `${TYPE}.index.v1+json`,
    manifests: [{ ...manifest, platform, annotations }],
  };
  writeFileSync(join(out, 'index.json'), JSON.stringify(index));
  writeFileSync(join(out, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return manifest.digest;
}

/** The layer as a tar, by way of a file that is gone afterwards. */
function archived({ folder, parts }: Layer, seconds: number, path: string): Buffer {
  for (const [index, { paths, owner = 0, mode = 'u=rwX,go=rX' }] of parts.entries()) {
    const owned = ['--numeric-owner', `--owner=${owner}`, `--group=${owner}`, `--mode=${mode}`];
    tar([index === 0 ? '--create' : '--append', ...owned, '--file', path, ...paths], folder, seconds);
  }
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}

function tar(words: readonly string[], folder: string, seconds: number): void {
  execFileSync('tar', ['--format=gnu', '--sort=name', `--mtime=@${seconds}`, ...words], { cwd: folder });
}

/** The layout as one file, for `docker load` and `podman load`. */
export function archiveLayout(layout: string, path: string, seconds: number): void {
  const owned = ['--numeric-owner', '--owner=0', '--group=0', '--mode=u=rwX,go=rX'];
  tar(['--create', ...owned, '--file', path, 'blobs', 'index.json', 'oci-layout'], layout, seconds);
}

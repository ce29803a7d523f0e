/**
 * The image: Node and its libraries, the packages of others, ours, in a layer each, so that what changes rarely is
 * fetched rarely. There is no shell in it. It runs as a user that is not root, and writes only to `/ledger` and `/tmp`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keys } from '../../packages/server/src/config/index.ts';
import { facts } from '../generate/deploy-facts.ts';
import { baseParts, layOutBase, USER } from './base.ts';
import { copyDependencies, PACKAGES } from './dependencies.ts';
import { writeLayout } from './layout.ts';

export interface ImageOptions {
  /** The repository, installed. */
  readonly root: string;
  /** A folder with archives of our packages, as `npm pack` makes them. */
  readonly packages: string;
  /** A folder with the parts of `base.ts`. */
  readonly base: string;
  /** A folder for what is in between. */
  readonly scratch: string;
  /** Absent: gets the layout. */
  readonly out: string;
  /** Seconds since the epoch. */
  readonly committed: number;
  /** Of gzip; undefined: 9. */
  readonly level?: number | undefined;
}

const APP = 'app';
const ARCHIVE = new RegExp(`^tallystick-((${PACKAGES.join('|')})-)?\\d.*\\.tgz$`);
/** The kernel starts it by its first line: there is no `env` to look for Node. */
const PROGRAM = "#!/usr/bin/node\nimport('/app/node_modules/tallystick/dist/src/bin.js');\n";

interface ImageConfig {
  readonly User: string;
  readonly WorkingDir: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Env: readonly string[];
  readonly Volumes: Readonly<Record<string, object>>;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly StopSignal: string;
}

/** What runs when nobody says otherwise. */
export const imageConfig: ImageConfig = {
  User: `${USER}:${USER}`,
  WorkingDir: '/',
  Entrypoint: ['tallystick'],
  Cmd: ['serve'],
  // In a folder below the volume: a file system of its own has a lost+found, and a new ledger wants an empty folder.
  Env: ['PATH=/usr/bin', `TALLYSTICK_FOLDER=${facts.imageFolder}`, 'NODE_ENV=production'],
  Volumes: { '/ledger': {} },
  ExposedPorts: { [`${keys['tcp.port'].preset}/tcp`]: {} },
  StopSignal: 'SIGTERM',
};

/** Writes the image as an OCI layout, and returns the digest of its manifest. */
export function writeImage({ root, packages, base, scratch, out, committed, level = 9 }: ImageOptions): string {
  const [system, others, ours] = ['system', 'others', 'ours'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [system, others, ours]) mkdirSync(folder);
  const libraries = layOutBase(base, system);
  copyDependencies(root, join(others, APP));
  layOutOurs(packages, ours);
  const rest = readdirSync(system).filter((name) => !['tmp', 'ledger', 'order'].includes(name));
  return writeLayout(
    {
      name: `tallystick:${facts.version}`,
      layers: [
        {
          folder: system,
          about: `Node ${baseParts.node.version}, ${libraries.join(', ')}`,
          parts: [
            { paths: rest.sort() },
            { paths: ['tmp'], mode: '1777' },
            { paths: ['ledger', 'order'], owner: USER, mode: '0700' },
          ],
        },
        { folder: others, about: 'packages that ours depend on', parts: [{ paths: [APP] }] },
        { folder: ours, about: `Tallystick ${facts.version}`, parts: [{ paths: [APP, 'usr'] }] },
      ],
      config: imageConfig,
      annotations: {
        'org.opencontainers.image.title': 'Tallystick',
        'org.opencontainers.image.version': `${facts.version}`,
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.description': 'A double-entry ledger and settlement engine',
      },
      seconds: committed,
      level,
    },
    out,
  );
}

function layOutOurs(packages: string, to: string): void {
  const archives = readdirSync(packages).filter((name) => ARCHIVE.test(name));
  for (const archive of archives) {
    const path = join(packages, archive);
    const manifest = execFileSync('tar', ['--extract', '--to-stdout', '--file', path, 'package/package.json']);
    const { name } = JSON.parse(manifest.toString()) as { readonly name: string };
    const home = join(to, APP, 'node_modules', name);
    mkdirSync(home, { recursive: true });
    execFileSync('tar', ['--extract', '--strip-components=1', '--file', path, '--directory', home]);
  }
  mkdirSync(join(to, 'usr', 'bin'), { recursive: true });
  writeFileSync(join(to, 'usr', 'bin', 'tallystick'), PROGRAM, { mode: 0o755 });
}

/** Bytes of the layers of a layout, as they are fetched. */
export function sizeOf(layout: string): number {
  const blob = (digest: string): { layers: { size: number }[] } =>
    JSON.parse(readFileSync(join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length)), 'utf8'));
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  return blob(manifests[0]!.digest).layers.reduce((sum, { size }) => sum + size, 0);
}

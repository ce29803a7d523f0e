/**
 * The files of the console, read once and kept compressed: one page, one sheet, and modules as `tsc` wrote them. Their
 * addresses hold a hash of them all, so that browsers keep them for ever and a new version is another address.
 *
 *   /console/                                index.html, which names the hash
 *   /console/assets/<hash>/app/main.js       ours
 *   /console/assets/<hash>/vendor/preact.js  those of the packages that we stand on, found by the import map
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { pageOf } from './page.ts';

export interface StaticFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly brotli: Buffer;
  readonly gzip: Buffer;
}

const TYPES: { readonly [ending: string]: string } = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
};

/** Packages that our modules import, and what the import map calls their files. */
const VENDOR: { readonly [specifier: string]: string } = {
  preact: 'preact.js',
  'preact/hooks': 'hooks.js',
  'preact/jsx-runtime': 'jsx-runtime.js',
  '@preact/signals-core': 'signals-core.js',
  '@preact/signals': 'signals.js',
};
/** Good compression in the time that a server may take to start. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

export class Files {
  /** The page, its tag, and the policy that its browser is told. */
  readonly page: StaticFile;
  readonly tag: string;
  readonly policy: string;
  /** By their path below `/console/`. */
  readonly assets: ReadonlyMap<string, StaticFile>;

  private constructor(page: StaticFile, policy: string, assets: ReadonlyMap<string, StaticFile>) {
    this.page = page;
    this.tag = `"${digestOf([page.bytes]).toString('hex').slice(0, 16)}"`;
    this.policy = policy;
    this.assets = assets;
  }

  static async load(): Promise<Files> {
    const app = join(import.meta.dirname, 'app');
    // The sheet and the picture are no modules: in a checkout they stay where they are written.
    const beside = existsSync(join(app, 'console.css')) ? app : checkout(app);
    const names = (await readdir(app, { recursive: true, encoding: 'utf8' })).filter((name) => name.endsWith('.js'));
    const found = new Map<string, Buffer>();
    for (const name of names.sort()) found.set(`app/${name}`, withoutMap(await readFile(join(app, name), 'utf8')));
    for (const name of ['console.css', 'icon.svg']) found.set(`app/${name}`, await readFile(join(beside, name)));
    for (const [specifier, name] of Object.entries(VENDOR)) {
      const path = fileURLToPath(import.meta.resolve(specifier));
      found.set(`vendor/${name}`, withoutMap(await readFile(path, 'utf8')));
    }
    const hash = digestOf([...found].flat())
      .toString('hex')
      .slice(0, 16);
    const root = `assets/${hash}`;
    const assets = new Map<string, StaticFile>();
    for (const [name, bytes] of found) assets.set(`${root}/${name}`, await compressed(name, bytes));
    const { html, policy } = pageOf(root, found, VENDOR);
    return new Files(await compressed('index.html', Buffer.from(html)), policy, assets);
  }
}

/** Where the source of a compiled folder of the console lies. */
function checkout(compiled: string): string {
  return join(compiled, '..', '..', '..', '..', '..', 'packages', 'console', 'src', 'app');
}

function withoutMap(text: string): Buffer {
  return Buffer.from(text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'));
}

function digestOf(parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

async function compressed(name: string, bytes: Buffer): Promise<StaticFile> {
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  const [brotli, zipped] = await Promise.all([promisify(brotliCompress)(bytes, BROTLI), promisify(gzip)(bytes)]);
  return { type, bytes, brotli, gzip: zipped };
}

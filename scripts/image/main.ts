/**
 * `npm run image -- [--out FOLDER] [--base FOLDER]`: the image of what is built here, as a file for `docker load` or
 * `podman load`, beside the packages that it has. `--base`: a folder with the parts of `base.ts`; left out, they are
 * fetched.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeImageArchive, writePackages } from '../release/artefacts.ts';
import { fetchBase } from './base.ts';
import { sizeOf } from './image.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const { values } = parseArgs({ options: { out: { type: 'string' }, base: { type: 'string' } } });
const out = resolve(values.out ?? join(root, 'tmp', 'image'));
if (existsSync(out) && readdirSync(out).length > 0) {
  console.error(`there is something in ${out} already: give --out an empty folder`);
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const committed = Number(execFileSync('git', ['show', '--no-patch', '--format=%ct', 'HEAD'], { cwd: root }).toString());
const scratch = mkdtempSync(join(tmpdir(), 'tallystick-image-'));
try {
  const base = values.base ?? join(scratch, 'base');
  if (values.base === undefined) fetchBase(base);
  const build = { root, out, scratch, committed };
  writePackages(build);
  const digest = writeImageArchive(build, resolve(base));
  console.log(`${out}: ${digest}, ${(sizeOf(join(scratch, 'image')) / 2 ** 20).toFixed(0)} MiB to fetch`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

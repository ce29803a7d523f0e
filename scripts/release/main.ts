/**
 * `npm run release -- --dry-run [--out FOLDER] [--key FILE] [--repository URL]`: everything that a release has, made of
 * the commit that is checked out, in a clean copy of it. It publishes nothing. Without a key it makes one for this run,
 * and says so. The packages name the repository that they were made of where its address is given.
 */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  BUNDLE,
  bundleOf,
  isReleaseKey,
  PROVENANCE,
  problemsOf,
  provenanceOf,
  SUMS,
  sumsOf,
} from '../../packages/server/src/cli/release-files.ts';
import { fetchBase } from '../image/base.ts';
import { writeArtefacts } from './artefacts.ts';
import { SYFT_SBOM, syftLacks } from './syft.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const BUILD_TYPE = 'npm run release';

const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean' },
    out: { type: 'string' },
    key: { type: 'string' },
    repository: { type: 'string' },
  },
});
if (values['dry-run'] !== true) {
  console.error('npm run release -- --dry-run: nothing is published from here; .github/workflows/release.yml would');
  process.exit(2);
}

const { repository } = values;
if (repository !== undefined && !/^https:\/\/[\w.-]+(\/[\w.-]+)+(?<!\.git)$/.test(repository)) {
  console.error(`--repository ${repository}: it takes an address as https://HOST/OWNER/NAME, without .git`);
  process.exit(2);
}

const git = (...words: string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();

function keyOf(path: string | undefined): KeyObject {
  if (path === undefined) {
    console.error('no --key: a new one signs this run alone');
    return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  }
  const key = createPrivateKey(readFileSync(path));
  if (!isReleaseKey(key)) throw new Error(`${path} is a key of another kind than P-256 or ed25519`);
  return key;
}

/** The commit alone, built: what is not committed is not in it. */
function checkOut(commit: string, tree: string): void {
  mkdirSync(tree);
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['--extract', '--directory', tree], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  execFileSync(join(tree, 'node_modules', '.bin', 'tsc'), ['-b'], { cwd: tree, stdio: 'inherit' });
}

const commit = git('rev-parse', 'HEAD');
const committed = Number(git('show', '--no-patch', '--format=%ct', commit));
const out = resolve(values.out ?? join(root, 'tmp', 'release'));
if (existsSync(out) && readdirSync(out).length > 0) {
  console.error(`there is something in ${out} already: give --out an empty folder`);
  process.exit(2);
}
const key = keyOf(values.key);
const scratch = mkdtempSync(join(tmpdir(), 'tallystick-release-'));
try {
  const tree = join(scratch, 'commit');
  checkOut(commit, tree);
  const base = join(scratch, 'base');
  fetchBase(base);
  if (syftLacks !== undefined) console.error(`left out: ${SYFT_SBOM}: ${syftLacks}`);
  writeArtefacts({ root: tree, out, scratch, committed, base, ...(repository === undefined ? {} : { repository }) });
  writeFileSync(join(out, SUMS), sumsOf(out));
  const builder = { id: `${BUILD_TYPE} on ${process.platform} ${process.arch}, Node ${process.versions.node}` };
  const buildDefinition = {
    buildType: BUILD_TYPE,
    externalParameters: {},
    resolvedDependencies: [
      { uri: repository === undefined ? 'git' : `git+${repository}`, digest: { gitCommit: commit } },
    ],
  };
  writeFileSync(join(out, PROVENANCE), provenanceOf(out, { buildDefinition, runDetails: { builder } }, key));
  const bundle = bundleOf(out, key);
  if (bundle !== undefined) writeFileSync(join(out, BUNDLE), bundle);
  const publicKey = createPublicKey(key);
  const problems = problemsOf(out, publicKey);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  for (const name of readdirSync(out).sort()) console.log(join(out, name));
  console.log(publicKey.export({ type: 'spki', format: 'pem' }).toString().trim());
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

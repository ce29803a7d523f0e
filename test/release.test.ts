/** A release: the same tree gives the same bytes, a changed byte is refused, and licences are on a list. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  BUNDLE,
  bundleOf,
  PROVENANCE,
  provenanceOf,
  releasedIn,
  SUMS,
  sumsOf,
} from '../packages/server/src/cli/release-files.ts';
import { baseLacks } from '../scripts/image/base.ts';
import { writeArtefacts } from '../scripts/release/artefacts.ts';
import { isAllowed, licences } from '../scripts/release/licences.ts';
import { SYFT_SBOM, syftLacks } from '../scripts/release/syft.ts';
import { temporaryFolder } from './support/folders.ts';

const root = join(import.meta.dirname, '..', '..');
const main = join(root, 'dist', 'packages', 'server', 'src', 'cli', 'main.js');
const folder = temporaryFolder();
const COMMITTED = 1_780_000_000;
const ADDRESS = 'https://code.example/money/tallystick';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = join(folder, 'release.pub');
writeFileSync(key, publicKey.export({ type: 'spki', format: 'pem' }));

function release(name: string): string {
  const out = join(folder, name);
  const scratch = join(folder, `${name}-scratch`);
  mkdirSync(scratch);
  // What is packed goes without the minutes of scripts/pack.ts, which test/packed.test.ts runs.
  const image = lacks === undefined && { base: process.env.IMAGE_BASE!, level: 1 };
  const made = { root, out, scratch, committed: COMMITTED, repository: ADDRESS };
  writeArtefacts({ ...made, prepare: () => undefined, ...image });
  vouch(out, privateKey);
  return out;
}

/** Signs what is there. */
function vouch(out: string, by: KeyObject): void {
  writeFileSync(join(out, SUMS), sumsOf(out));
  writeFileSync(join(out, PROVENANCE), provenanceOf(out, { buildDefinition: { buildType: 'a test' } }, by));
  rmSync(join(out, BUNDLE), { force: true });
  const bundle = bundleOf(out, by);
  if (bundle !== undefined) writeFileSync(join(out, BUNDLE), bundle);
}

/** The image is in it where its parts are. */
const lacks = baseLacks(process.env.IMAGE_BASE);
const first = release('first');

function verified(of: string, by: string = key): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'verify-release', of, '--key', by], {
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

/** A copy of the release, with something done to it. */
function changed(name: string, change: (of: string) => void): string {
  const copy = join(folder, name);
  cpSync(first, copy, { recursive: true });
  change(copy);
  return copy;
}

test('a release has the packages, the chart, the site, two SBOMs and the licences', () => {
  const names = releasedIn(first).map((name) => name.replace(/\d+\.\d+\.\d+/, 'V'));
  const packages = [
    'tallystick-V',
    'tallystick-ai-V',
    'tallystick-chart-V',
    'tallystick-cluster-V',
    'tallystick-console-V',
    'tallystick-server-V',
    'tallystick-site-V',
  ];
  const archives = [...packages, 'tallystick-services-V'].map((name) => `${name}.tgz`);
  const image = lacks === undefined ? ['tallystick-image-V.tar'] : [];
  const sboms = ['sbom.cyclonedx.json', 'sbom.spdx.json', ...(syftLacks === undefined ? [SYFT_SBOM] : [])];
  assert.deepEqual(names, [...archives, ...image, 'licences.json', ...sboms].toSorted());
  const { components } = JSON.parse(readFileSync(join(first, 'sbom.cyclonedx.json'), 'utf8'));
  assert.ok(components.some(({ name }: { name: string }) => name === 'commander'));
  const { status, stderr } = spawnSync('sha256sum', ['--check', '--strict', SUMS], { cwd: first, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('each package says which repository it was made of, and where in it', () => {
  for (const name of releasedIn(first).filter((each) => /^tallystick-(?!chart|site|image).*\.tgz$/.test(each))) {
    const { status, stdout } = spawnSync('tar', ['--extract', '--to-stdout', '--file', name, 'package/package.json'], {
      cwd: first,
      encoding: 'utf8',
    });
    assert.equal(status, 0, name);
    const part = /^tallystick-([a-z]+)-/.exec(name)?.[1];
    const { repository, homepage, bugs } = JSON.parse(stdout);
    const directory = part === undefined ? {} : { directory: `packages/${part}` };
    assert.deepEqual(repository, { type: 'git', url: `git+${ADDRESS}.git`, ...directory });
    assert.deepEqual([homepage, bugs], [`${ADDRESS}#readme`, `${ADDRESS}/issues`]);
  }
});

test('the same tree gives the same bytes twice', () => {
  const second = release('second');
  assert.deepEqual(readdirSync(second).toSorted(), readdirSync(first).toSorted());
  // A signature of P-256 has a random number in it.
  for (const name of releasedIn(first)) {
    assert.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name);
  }
});

test('the image is in it, and the same twice', { skip: lacks ?? false }, () => {
  // What there is was compared above.
  assert.ok(readdirSync(first).some((name) => /^tallystick-image-.*\.tar$/.test(name)));
});

test('a release is verified, and whatever was changed in it is named', () => {
  const { status, said } = verified(first);
  assert.equal(status, 0, said);
  const [one, other] = releasedIn(first);
  const flip = (path: string): void => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
  };
  const cases: readonly (readonly [string, (of: string) => void, RegExp])[] = [
    ['a-byte', (of) => flip(join(of, one!)), new RegExp(`${one} was changed`)],
    ['sums', (of) => writeFileSync(join(of, SUMS), ''), /SHA256SUMS does not fit/],
    ['gone', (of) => rmSync(join(of, other!)), new RegExp(`${other} is missing`)],
    ['more', (of) => writeFileSync(join(of, 'more.tgz'), ''), /more\.tgz is not in the statement/],
    ['swapped', (of) => renameSync(join(of, one!), join(of, other!)), new RegExp(`${other} was changed`)],
    ['signature', (of) => flip(join(of, PROVENANCE)), /is not (signed|a signed statement)/],
    ['bundle', (of) => cpSync(join(of, PROVENANCE), join(of, BUNDLE)), /SHA256SUMS\.sigstore\.json is no bundle/],
    ['no-bundle', (of) => rmSync(join(of, BUNDLE)), /SHA256SUMS\.sigstore\.json is missing/],
    ['unsigned', (of) => rmSync(join(of, PROVENANCE)), /provenance\.json is missing/],
  ];
  for (const [name, change, message] of cases) {
    const found = verified(changed(name, change));
    assert.equal(found.status, 1, name);
    assert.match(found.said, message);
  }
  const strange = generateKeyPairSync('ed25519');
  const stranger = join(folder, 'stranger.pub');
  writeFileSync(stranger, strange.publicKey.export({ type: 'spki', format: 'pem' }));
  assert.match(verified(first, stranger).said, /not signed with this key/);
  const again = changed('ed25519', (of) => vouch(of, strange.privateKey));
  assert.equal(verified(again, stranger).status, 0);
});

test('syft lists what is packed, and finds what npm finds in the lockfile', { skip: syftLacks ?? false }, () => {
  interface Spdx {
    readonly packages: readonly { readonly name: string; readonly versionInfo?: string }[];
  }
  const namesOf = (name: string): Set<string> => {
    const { packages } = JSON.parse(readFileSync(join(first, name), 'utf8')) as Spdx;
    return new Set(packages.map((one) => `${one.name}@${one.versionInfo}`));
  };
  const [syft, npm] = [namesOf(SYFT_SBOM), namesOf('sbom.spdx.json')];
  assert.ok(syft.size > 100);
  assert.ok(syft.has([...npm].find((one) => one.startsWith('commander@'))!));
});

const cosignCannot = process.env.COSIGN === undefined && 'COSIGN names no cosign (go install, which takes minutes)';

test('cosign takes our bundle, and we take that of cosign', { skip: cosignCannot }, () => {
  const cosign = (...words: string[]): { status: number | null; said: string } => {
    const env = { ...process.env, COSIGN_PASSWORD: '' };
    const { status, stdout, stderr } = spawnSync(process.env.COSIGN!, words, { cwd: folder, encoding: 'utf8', env });
    return { status, said: stdout + stderr };
  };
  const check = (of: string) =>
    cosign(
      ...['verify-blob', '--key', key, '--insecure-ignore-tlog=true', '--bundle', join(of, BUNDLE), join(of, SUMS)],
    );
  const ours = check(first);
  assert.equal(ours.status, 0, ours.said);
  const wrong = check(changed('other-sums', (of) => writeFileSync(join(of, SUMS), 'x')));
  assert.notEqual(wrong.status, 0);
  const pem = join(folder, 'release-key.pem');
  writeFileSync(pem, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const imported = cosign('import-key-pair', '--key', pem, '--output-key-prefix', 'imported');
  assert.equal(imported.status, 0, imported.said);
  const signs = ['sign-blob', '--yes', '--key', 'imported.key', '--tlog-upload=false', '--use-signing-config=false'];
  const theirs = changed('by-cosign', (of) => {
    rmSync(join(of, BUNDLE));
    const signed = cosign(...signs, '--bundle', join(of, BUNDLE), join(of, SUMS));
    assert.equal(signed.status, 0, signed.said);
  });
  assert.equal(verified(theirs).status, 0, verified(theirs).said);
});

test('licences are on a list, and others stop a release', () => {
  assert.ok(licences(root).length > 50);
  assert.ok(isAllowed('(MIT OR GPL-3.0)'));
  assert.ok(!isAllowed('AGPL-3.0') && !isAllowed('unknown'));
});

const absent =
  spawnSync('actionlint', ['--version']).error === undefined
    ? false
    : 'actionlint is not on PATH (go install github.com/rhysd/actionlint/cmd/actionlint@latest)';

test('actionlint finds nothing in the workflows', { skip: absent }, () => {
  const workflow = join(root, '.github', 'workflows', 'release.yml');
  const { status, stdout } = spawnSync('actionlint', [workflow], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

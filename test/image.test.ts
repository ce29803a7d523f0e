/**
 * The image of `npm run image`, made and started: a server that is not root in a file system that it cannot write. It
 * moves money, drains when it is told to end, and finds everything again in the next container.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { baseLacks } from '../scripts/image/base.ts';
import { imageConfig } from '../scripts/image/image.ts';
import { writeImageArchive, writePackages } from '../scripts/release/artefacts.ts';
import { CreateTransferStatus, connect, type Ledger } from '../src/index.ts';
import { temporaryFolder } from './support/folders.ts';
import { type Container, findRunners, volumeIn } from './support/image.ts';
import { freePort } from './support/shell-page.ts';

const root = join(import.meta.dirname, '..', '..');
const BYTES_MAX = 200e6;
const base = process.env.IMAGE_BASE;
const lacks = baseLacks(base);
const folder = temporaryFolder();
const out = join(folder, 'out');
const layout = join(folder, 'image');
const archive = (): string => execFileSync('sh', ['-c', 'ls tallystick-image-*.tar'], { cwd: out }).toString().trim();
const runners = findRunners(folder);

before(() => {
  if (lacks !== undefined) return;
  mkdirSync(out);
  const build = { root, out, scratch: folder, committed: 1_780_000_000, level: 1 };
  // What is packed goes without the minutes of scripts/pack.ts, which test/packed.test.ts runs.
  writePackages({ ...build, prepare: () => undefined });
  writeImageArchive(build, base!);
});
after(() => {
  for (const runner of runners) runner.close();
});

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

const blob = (digest: string): string => join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length));
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

test('the image has one program besides Node, no shell, and less than 200 MB', { skip: lacks ?? false }, () => {
  const { config, layers } = read(blob(read(join(layout, 'index.json')).manifests[0].digest)) as Manifest;
  const files = layers.flatMap(({ digest }) =>
    execFileSync('tar', ['--list', '--verbose', '--gzip', '--file', blob(digest)], { maxBuffer: 2 ** 26 })
      .toString()
      .trim()
      .split('\n')
      .map((line) => {
        const [mode, owner, size, , , name] = line.split(/\s+/) as [string, string, string, string, string, string];
        return { mode, owner, size: Number(size), name: name.replace(/\/$/, '') };
      }),
  );
  const programs = files.filter(({ name }) => /^usr\/bin\/./.test(name)).map(({ name }) => name);
  assert.deepEqual(programs, ['usr/bin/node', 'usr/bin/tallystick']);
  assert.deepEqual(
    files.filter(({ name }) => /(^|\/)(ba|da|)sh$/.test(name)),
    [],
  );
  const size = files.reduce((sum, file) => sum + file.size, 0);
  assert.ok(size < BYTES_MAX, `${size} bytes`);
  assert.ok(statSync(join(out, archive())).size < BYTES_MAX);
  // Only two folders are the user's, and one is everybody's.
  const writable = files.filter(({ mode, owner }) => owner !== '0/0' || /^.{8}w/.test(mode)).map(({ name }) => name);
  assert.deepEqual(writable, ['tmp', 'ledger', 'order']);
  assert.equal(read(blob(config.digest)).config.User, '1000:1000');
});

test('the Dockerfile says the same of its image', () => {
  const dockerfile = readFileSync(join(root, 'deploy', 'Dockerfile'), 'utf8');
  const said = (word: string): string => new RegExp(`^${word} (.*)$`, 'm').exec(dockerfile)![1]!;
  assert.deepEqual(JSON.parse(said('ENTRYPOINT')), imageConfig.Entrypoint);
  assert.deepEqual(JSON.parse(said('CMD')), imageConfig.Cmd);
  assert.equal(said('USER'), imageConfig.User);
  assert.deepEqual([said('VOLUME')], Object.keys(imageConfig.Volumes));
  assert.deepEqual([`${said('EXPOSE')}/tcp`], Object.keys(imageConfig.ExposedPorts));
  assert.ok(imageConfig.Env.includes(said('ENV')));
});

const transfer = (id: bigint) => ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 });

/** Sends transfers one after the other until the server is gone, and returns the ids that were acknowledged. */
async function pay(ledger: Ledger): Promise<bigint[]> {
  const acknowledged: bigint[] = [];
  for (let id = 1n; ; id++) {
    const results = await ledger.createTransfers([transfer(id)]).catch(() => undefined);
    if (results === undefined) return acknowledged;
    assert.equal(results[0]!.status, CreateTransferStatus.created);
    acknowledged.push(id);
  }
}

async function ready(port: number): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/ready`)).status;
}

/** Users of the processes that run this program in a folder of theirs, as the machine sees them. */
function userOf(container: Container): string {
  const find = 'grep -l "tallystick-image-probe" /proc/[0-9]*/environ 2> /dev/null || true';
  const found = execFileSync('sh', ['-c', find]);
  const paths = found
    .toString()
    .trim()
    .split('\n')
    .filter((path) => path !== '');
  const users = paths
    .filter((path) => path !== `/proc/${container.child.pid}/environ`)
    .map((path) => /^Uid:\s+(\d+)/m.exec(readFileSync(path.replace('environ', 'status'), 'utf8'))![1]!);
  return users.at(-1)!;
}

if (runners.length === 0) {
  test('the image runs', { skip: 'a container needs podman and runc, or root for unshare and chroot' }, () => {});
}
for (const runner of runners) {
  test(`the image runs by ${runner.name}: money moves, SIGTERM drains, and the volume has it all`, {
    skip: lacks ?? false,
  }, async () => {
    runner.prepare(join(out, archive()), layout);
    const volume = volumeIn(folder, `volume-of-${runner.name.replaceAll(' ', '-')}`);
    const [tcp, metrics] = [await freePort(), await freePort()];
    const env = {
      TALLYSTICK_CREATE: 'true',
      TALLYSTICK_TCP_PORT: String(tcp),
      TALLYSTICK_METRICS_PORT: String(metrics),
      TALLYSTICK_GRPC_PORT: 'off',
      TALLYSTICK_HTTP_PORT: 'off',
      TALLYSTICK_MSGPACK_PORT: 'off',
      PROBE: 'tallystick-image-probe',
    };
    const first = runner.start({ volume, env });
    const address = await first.says(/tcp:\/\/[\d.:]+/);
    assert.equal(await ready(metrics), 200);
    assert.equal(userOf(first), '1000');
    const ledger = await connect(address, { reconnectTimeoutMs: 1 });
    await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
    const paying = pay(ledger);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await first.stop(), 0, first.said);
    const acknowledged = await paying;
    assert.ok(acknowledged.length > 3);
    await ledger.close().catch(() => undefined);
    assert.match(first.said, /"msg":"(draining|closed)/);

    const second = runner.start({ volume, env: { ...env, TALLYSTICK_CREATE: 'false' } });
    await using later = await connect(await second.says(/tcp:\/\/[\d.:]+/));
    const found = await later.lookupTransfers(acknowledged.slice(-8000));
    assert.equal(found.length, Math.min(8000, acknowledged.length));
    assert.equal(await second.stop(), 0);
  });
}

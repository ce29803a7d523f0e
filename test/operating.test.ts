/**
 * What operators are given agrees with the code: metrics and their page, the dashboards, the alerts, the keys and
 * theirs.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { aiMetrics } from '../packages/ai/src/serving/metric-names.ts';
import { ServingMetrics } from '../packages/ai/src/serving/metrics.ts';
import { flagOf, keyNames, variableOf } from '../packages/server/src/config/index.ts';
import { createRegistry, metrics, Sources } from '../packages/server/src/observe/index.ts';
import { Ingress } from '../packages/server/src/server/index.ts';
import { DoorCounters, LogHistogram } from '../src/base/index.ts';
import { openMemory } from '../src/engine/index.ts';
import { absent, inFolder, promtool } from './support/promtool.ts';

const root = join(import.meta.dirname, '..', '..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}
const NAMES = ['overview', 'doors', 'journal', 'cluster', 'services', 'ai'];
const dashboards = NAMES.map((name) => JSON.parse(text(`deploy/dashboards/${name}.json`)) as Dashboard);
const dashboardQueries = dashboards.flatMap(({ panels }) => {
  return panels.flatMap(({ targets }) => targets?.map(({ expr }) => expr) ?? []);
});
const alerts = text('deploy/alerts/tallystick.yml');
const alertQueries = [...alerts.matchAll(/^ +expr: (".*")$/gm)].map(([, expr]) => JSON.parse(expr!) as string);

/** Everything that a server can export. */
async function exported(): Promise<{ readonly names: Set<string>; readonly text: string }> {
  const sources = new Sources('0');
  const door = new DoorCounters('native');
  door.latency.critical.record(1);
  door.refuse('frame_invalid');
  sources.doors.push(door);
  const quorum = new LogHistogram();
  sources.standing = { role: 'leading', epoch: 1, op: 1, ageMs: 1, behind: 0, agreedOp: 0, damagedCopies: 0, quorum };
  const { engine } = openMemory();
  sources.lanes = new Ingress(engine);
  sources.opened.push({
    engine,
    fence: 1n,
    recovery: {
      replayed: 0,
      snapshotOp: 0,
      tornCells: 0,
      tornAt: undefined,
      damagedSnapshots: [],
      kept: [],
      loss: undefined,
      milliseconds: 1,
    },
  });
  engine.memory.counters.builder.wrote(1, 1n);
  const whole = await createRegistry(sources).metrics();
  await engine.close();
  const names = new Set([...whole.matchAll(/^([a-z_0-9]+)[{ ]/gm)].map(([, name]) => name!));
  for (const { name, type } of [...Object.values(metrics), ...Object.values(aiMetrics)]) {
    for (const suffix of type === 'histogram' ? ['', '_bucket', '_sum', '_count'] : ['']) names.add(name + suffix);
  }
  return { names, text: whole };
}

const namesIn = (query: string): string[] => query.match(/\b(tallystick|process|nodejs)_[a-z0-9_]+\b(?!")/g) ?? [];

test('queries of dashboards and alerts name metrics that exist, and every metric is on a dashboard', async () => {
  const { names } = await exported();
  assert.ok(dashboardQueries.length > 30 && alertQueries.length > 10);
  for (const query of [...dashboardQueries, ...alertQueries]) {
    const used = namesIn(query);
    assert.ok(used.length > 0 || query.startsWith('up{'), query);
    for (const name of used) assert.ok(names.has(name), `${name} in ${query}`);
  }
  const all = [...dashboardQueries, ...alertQueries].join(' ');
  // The list of instances; and requests, of which events say more.
  const elsewhere = [metrics.build.name, metrics.requests.name];
  for (const { name } of [...Object.values(metrics), ...Object.values(aiMetrics)]) {
    if (!elsewhere.includes(name)) assert.ok(all.includes(name), name);
  }
});

test('panels have ids of their own, lie beside one another, and fit the width', () => {
  for (const { panels } of dashboards) {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const [index, { gridPos: a, title }] of panels.entries()) {
      assert.ok(a.x >= 0 && a.x + a.w <= 24, title);
      for (const { gridPos: b, title: other } of panels.slice(index + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        assert.ok(apart, `${title} and ${other}`);
      }
    }
  }
});

test('there are six dashboards, each with a uid and a title of its own, and the chart has the same', () => {
  assert.deepEqual(readdirSync(join(root, 'deploy', 'dashboards')).sort(), NAMES.map((name) => `${name}.json`).sort());
  assert.equal(new Set(dashboards.map(({ uid }) => uid)).size, NAMES.length);
  assert.equal(new Set(dashboards.map(({ title }) => title)).size, NAMES.length);
  for (const name of NAMES) {
    const path = `dashboards/${name}.json`;
    assert.equal(text(`deploy/helm/tallystick/files/${path}`), text(`deploy/${path}`));
  }
});

test('a server of models declares what the dashboard of AI asks for', async () => {
  const serving = new ServingMetrics();
  const types = [...(await serving.print()).text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
    name,
    type,
  ]);
  assert.deepEqual(
    types.sort(),
    Object.values(aiMetrics)
      .map(({ name, type }) => [name, type])
      .sort(),
  );
});

test('the page of metrics names every metric and every alert, and nothing else', () => {
  const page = text('docs/operating/metrics.md');
  const declared = Object.values(metrics).map(({ name }) => name);
  assert.deepEqual(
    [...page.matchAll(/^\| `(tallystick_\w+)` \|/gm)].map(([, name]) => name),
    declared,
  );
  const rules = [...alerts.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(
    [...page.matchAll(/^\| (Tallystick\w+) \|/gm)].map(([, name]) => name),
    rules,
  );
});

test('the page of settings names every key, flag and variable, and nothing else', () => {
  const page = text('docs/operating/configuration.md');
  const rows = [...page.matchAll(/^\| <a id="([^"]+)"><\/a>`([^`]+)` \| (.+?) \| `([^`]+)` \|/gm)];
  assert.deepEqual(rows.map(([, , name]) => name).sort(), [...keyNames].sort());
  for (const [, anchor, name, flag, variable] of rows) {
    assert.equal(anchor, name);
    const key = name as (typeof keyNames)[number];
    assert.equal(flag, key === 'folder' ? 'the argument' : `\`${flagOf(key)}\``);
    assert.equal(variable, variableOf(key));
  }
  // No two keys may share a flag.
  assert.equal(new Set(keyNames.map(flagOf)).size, keyNames.length);
});

test('promtool accepts the alerts', { skip: absent }, () => {
  promtool(['check', 'rules', join(root, 'deploy/alerts/tallystick.yml')]);
});

test('promtool accepts every query of the dashboards', { skip: absent }, () => {
  inFolder((folder) => {
    const rules = dashboardQueries.map((expr, index) => {
      const plain = expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*');
      return `      - record: panel_${index}\n        expr: ${JSON.stringify(plain)}\n`;
    });
    const path = join(folder, 'panels.yml');
    writeFileSync(path, `groups:\n  - name: panels\n    rules:\n${rules.join('')}`);
    promtool(['check', 'rules', path]);
  });
});

test('promtool finds nothing to complain about in what a server exports', { skip: absent }, async () => {
  const { text: whole } = await exported();
  const ours = whole
    .split('\n')
    .filter((line) => /^(# (HELP|TYPE) )?tallystick_/.test(line))
    .join('\n');
  const said = promtool(['check', 'metrics'], `${ours}\n`);
  assert.equal(said, '');
});

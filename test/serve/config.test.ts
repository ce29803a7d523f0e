import { ROLES } from '../../packages/server/src/identity/index.ts';
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { flagOf, type KeyName, keyNames, keys, variableOf } from '../../packages/server/src/config/keys.ts';
import { type Given, type Loaded, loadConfiguration } from '../../packages/server/src/config/load.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../../packages/server/src/observe/index.ts';
import { LANE_DEFAULTS, LANES, NATIVE_LIMITS } from '../../packages/server/src/server/index.ts';
import { closest } from '../../src/base/index.ts';
import type { TallystickError } from '../../src/model/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function file(content: unknown): string {
  files += 1;
  const path = join(folder, `settings-${files}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const load = (given: Partial<Given>): Loaded =>
  loadConfiguration({ flags: {}, environment: {}, cwd: folder, ...given });

/** What is said when it is refused, a line a problem. */
function problems(given: Partial<Given>): string[] {
  try {
    load(given);
  } catch (error) {
    assert.equal((error as TallystickError).code, 'configuration_invalid');
    return (error as Error).message.split('\n');
  }
  return assert.fail('nothing was refused');
}

test('a name is a flag, a variable and a place in the file', () => {
  assert.equal(flagOf('grpc.port'), '--grpc-port');
  assert.equal(variableOf('grpc.port'), 'TALLYSTICK_GRPC_PORT');
  assert.equal(flagOf('tls.requireClientCertificate'), '--tls-require-client-certificate');
  for (const variable of ['NODE_ID', 'CLUSTER_IPS', 'GRPC_PORT', 'TCP_PORT', 'HTTP_PORT', 'METRICS_PORT']) {
    assert.ok(
      keyNames.some((name) => variableOf(name) === `TALLYSTICK_${variable}`),
      variable,
    );
  }
});

test('flags go before the environment, the environment before the file, the file before defaults', () => {
  const path = file({ grpc: { port: 1 }, http: { port: 2 }, tcp: { port: 3 } });
  const { configuration, origins } = load({
    file: path,
    environment: { TALLYSTICK_GRPC_PORT: '11', TALLYSTICK_HTTP_PORT: '12', HOME: '/' },
    flags: { 'grpc.port': '21' },
  });
  const both = (name: KeyName): unknown[] => [configuration[name], origins[name].from, origins[name].name];
  assert.deepEqual(both('grpc.port'), [21, 'flag', '--grpc-port']);
  assert.deepEqual(both('http.port'), [12, 'environment', 'TALLYSTICK_HTTP_PORT']);
  assert.deepEqual(both('tcp.port'), [3, 'file', path]);
  assert.deepEqual(both('metrics.port'), [9090, 'default', '']);
});

test('the file is the one that is named, else the one in the variable, else tallystick.json here, else none', () => {
  const named = file({ node: { id: 1 } });
  const variable = file({ node: { id: 2 } });
  assert.equal(load({ file: named, environment: { TALLYSTICK_CONFIG: variable } }).configuration['node.id'], 1);
  assert.equal(load({ environment: { TALLYSTICK_CONFIG: variable } }).configuration['node.id'], 2);
  assert.equal(load({}).file, undefined);
  const here = mkdtempSync(join(folder, 'here-'));
  writeFileSync(join(here, 'tallystick.json'), '{ "node": { "id": 3 } }');
  assert.equal(load({ cwd: here }).configuration['node.id'], 3);
  assert.match(problems({ file: 'nowhere.json' })[0]!, /^nowhere\.json is not there \(--config\)$/);
});

test('every default is a value that its key accepts', () => {
  const { configuration } = load({});
  for (const name of keyNames) assert.deepEqual(configuration[name], keys[name].preset);
  const flags = Object.fromEntries(
    keyNames.flatMap((name) => (keys[name].preset === undefined ? [] : [[name, String(keys[name].preset)]])),
  );
  delete flags['cluster.ips'];
  delete flags['cluster.nats'];
  delete flags['cluster.monitors'];
  delete flags['http.origins'];
  delete flags['acme.names'];
  delete flags.services;
  delete flags.shardServers;
  delete flags['webhooks.allowed'];
  assert.deepEqual(load({ flags }).configuration, configuration);
});

test('values are read as people write them', () => {
  const { configuration } = load({
    environment: {
      TALLYSTICK_CLUSTER_IPS: '10.0.0.1, 10.0.0.2:3000,node-3',
      TALLYSTICK_CLUSTER_ID: '0xff',
      TALLYSTICK_LIMITS_HANDSHAKE: '2s',
      TALLYSTICK_LIMITS_CONNECTIONS: '10_000',
      TALLYSTICK_TRACES_SAMPLE_RATIO: '.25',
      TALLYSTICK_GRPC_PORT: 'off',
      TALLYSTICK_SERVICES: 'payments',
    },
    file: file({ limits: { drain: 1500 }, lanes: { normal: { credit: 7 } }, tls: { requireClientCertificate: false } }),
  });
  assert.deepEqual(configuration['cluster.ips'], ['10.0.0.1', '10.0.0.2:3000', 'node-3']);
  assert.deepEqual(configuration.services, ['payments']);
  assert.equal(configuration['cluster.id'], 255n);
  assert.equal(configuration['limits.handshake'], 2000);
  assert.equal(configuration['limits.drain'], 1500);
  assert.equal(configuration['limits.connections'], 10_000);
  assert.equal(configuration['traces.sampleRatio'], 0.25);
  assert.equal(configuration['grpc.port'], 'off');
  assert.equal(configuration['lanes.normal.credit'], 7);
});

test('what makes no sense is refused with its key, what is wanted, and where it came from; all of it at once', () => {
  const path = file({ log: { level: 'loud' }, tcp: 5, lanes: { normal: { credit: 0 } } });
  assert.deepEqual(
    problems({
      file: path,
      flags: { 'grpc.port': '70000', 'traces.sampleRatio': '1.5', mode: 'fast' },
      environment: { TALLYSTICK_LIMITS_DRAIN: 'soon', TALLYSTICK_TRACES_ENDPOINT: 'collector' },
    }).sort(),
    [
      'grpc.port wants a port from 1 to 65535, 0 for any free one, or `off` and not "70000" (the flag --grpc-port)',
      `lanes.normal.credit wants a whole number from 1 to 16777216 and not 0 (the file ${path})`,
      'limits.drain wants a duration such as 250ms, 10s or 1m, or milliseconds and not "soon" (the variable ' +
        'TALLYSTICK_LIMITS_DRAIN)',
      `log.level wants one of trace, debug, info, warn, error, fatal, silent and not "loud" (the file ${path})`,
      'mode wants one of threads, inline and not "fast" (the flag --mode)',
      `tcp wants an object (the file ${path})`,
      'traces.endpoint wants an address that begins with http:// or https:// and not "collector" (the variable ' +
        'TALLYSTICK_TRACES_ENDPOINT)',
      'traces.sampleRatio wants a number from 0 to 1 and not "1.5" (the flag --traces-sample-ratio)',
    ],
  );
});

test('an unknown key is refused, and the one that was meant is named', () => {
  const path = file({ grcp: { port: 1 }, tls: { certficate: 'x' }, qqqqqqq: 1 });
  assert.deepEqual(problems({ file: path, environment: { TALLYSTICK_GRPC_PROT: '1' } }), [
    'TALLYSTICK_GRPC_PROT is not a key (the environment): did you mean TALLYSTICK_GRPC_PORT?',
    `grcp is not a key (${path}): did you mean grpc?`,
    `tls.certficate is not a key (${path}): did you mean tls.certificate?`,
    `qqqqqqq is not a key (${path})`,
  ]);
  assert.equal(closest('grpc.prot', keyNames), 'grpc.port');
  assert.equal(closest('zzzzzz', keyNames), undefined);
});

test('variables of Kubernetes for a service tallystick are no keys; one in the place of a key is explained', () => {
  const environment = {
    TALLYSTICK_SERVICE_HOST: '10.0.0.1',
    TALLYSTICK_SERVICE_PORT_GRPC: '50051',
    TALLYSTICK_PORT: 'tcp://10.0.0.1:3000',
    TALLYSTICK_PORT_3000_TCP_ADDR: '10.0.0.1',
  };
  assert.equal(load({ environment }).configuration['tcp.port'], 3000);
  assert.match(problems({ environment: { TALLYSTICK_GRPC_PORT: 'tcp://10.0.0.1:50051' } })[0]!, /enableServiceLinks/);
});

test('a file that is no JSON is refused, and is not quoted', () => {
  for (const text of ['{ "metrics": { "token": sesame-open } }', '[1]', '"sesame-open"', '']) {
    const said = problems({ file: file(text) }).join();
    assert.match(said, /is not JSON|wants an object/);
    assert.ok(!said.includes('sesame'), said);
  }
});

test('secrets are not told when they are wrong', () => {
  const refused = [
    ...problems({ environment: { TALLYSTICK_TOKENS_STATIC: 'sesame', TALLYSTICK_METRICS_TOKEN: 'sesame' } }),
    ...problems({ file: file({ tokens: { static: ['sesame'] } }) }),
  ];
  assert.ok(!refused.join().includes('sesame'), refused.join());
  for (const name of keyNames)
    assert.equal(
      /token$|static$|password|secret(?!IdFile)|pepper$|eabKey$|^records$|^(audit|webhooks)\.key$/i.test(name),
      keys[name].secret === true,
      name,
    );
});

test('nothing listens beyond this machine without TLS, and tokens or client certificates', () => {
  const tls = { 'tls.certificate': 'c.pem', 'tls.key': 'k.pem' };
  const tokens = { 'tokens.jwks': 'https://issuer.example/jwks', 'tokens.issuer': 'i', 'tokens.audience': 'a' };
  const beyond = { host: '0.0.0.0' };
  for (const flags of [beyond, { ...beyond, ...tls }, { ...beyond, ...tokens }]) {
    assert.match(problems({ flags })[0]!, /^host is beyond this machine, which takes .*\(the flag --host\)$/);
  }
  load({ flags: { ...beyond, ...tls, ...tokens } });
  load({ flags: { ...beyond, ...tls, 'tls.ca': 'ca.pem', 'tls.requireClientCertificate': true } });
  load({ flags: { host: '127.0.0.2' } });
  const metrics = { 'metrics.host': '::' };
  assert.match(problems({ flags: metrics })[0]!, /^metrics\.host is beyond this machine/);
  assert.match(problems({ flags: { ...metrics, ...tls } })[0]!, /metrics\.token/);
  load({ flags: { ...metrics, ...tls, 'metrics.token': 'x' } });
  load({ flags: { ...metrics, 'metrics.port': 'off' } });
});

test('settings that need one another are refused alone', () => {
  const cases: [Partial<Record<KeyName, unknown>>, RegExp][] = [
    [{ 'tls.certificate': 'c' }, /^tls\.certificate goes with tls\.key, which is not set/],
    [{ 'tls.key': 'c' }, /^tls\.key goes with tls\.certificate/],
    [{ 'tls.requireClientCertificate': 'true' }, /goes with tls\.certificate and tls\.ca, which are not set/],
    [{ 'tokens.jwks': '/keys.json' }, /goes with tokens\.issuer and tokens\.audience/],
    [{ 'tokens.issuer': 'i' }, /goes with tokens\.audience/],
    [{ 'tokens.issuer': 'i', 'tokens.audience': 'a' }, /goes with tokens\.jwks: it is no address/],
    [{ 'identity.pepper': 'sixteen-characters' }, /goes with identity\.file/],
    [{ 'tokens.ledgersClaim': 'ledgers' }, /goes with tokens\.issuer/],
    [{ 'tokens.scopesClaim': 'scope' }, /goes with tokens\.issuer/],
    [{ 'tokens.tenantClaim': 'org' }, /goes with tokens\.issuer/],
    [{ 'tokens.static': 'short' }, /16 characters/],
    [{ 'grpc.port': '3000' }, /^grpc\.port is the same as tcp\.port/],
  ];
  for (const [flags, said] of cases) assert.match(problems({ flags })[0]!, said);
  load({ flags: { 'grpc.port': '0', 'http.port': '0', 'tcp.port': '0' } });
});

test('defaults and choices are those of the rooms that they configure', () => {
  for (const lane of LANES) {
    assert.equal(keys[`lanes.${lane}.weight`].preset, LANE_DEFAULTS[lane].quantum);
    assert.equal(keys[`lanes.${lane}.credit`].preset, LANE_DEFAULTS[lane].credit);
  }
  assert.equal(keys['limits.connections'].preset, NATIVE_LIMITS.connectionsMax);
  assert.equal(keys['limits.handshake'].preset, NATIVE_LIMITS.helloMs);
  assert.deepEqual(keys['log.level'].kind, { is: 'choice', of: LOG_LEVELS });
  assert.deepEqual(keys['log.format'].kind, { is: 'choice', of: LOG_FORMATS });
  assert.deepEqual(keys['tokens.staticRole'].kind, { is: 'choice', of: ROLES });
});

test('services are named, and want the HTTP door', () => {
  assert.deepEqual(problems({ flags: { services: 'payments,banking' } }), [
    'services wants some of payments, separated by commas and not "payments,banking" (the flag --services)',
  ]);
  assert.deepEqual(problems({ flags: { services: 'payments', 'http.port': 'off' } }), [
    'services goes with http.port, which is off (the flag --services)',
  ]);
  assert.deepEqual(problems({ flags: { console: 'true', 'http.port': 'off' } }), [
    'console goes with http.port, which is off (the flag --console)',
  ]);
});

test('origins are whole, and never all', () => {
  assert.deepEqual(
    load({ flags: { 'http.origins': 'https://app.example.com, http://localhost:5173' } }).configuration['http.origins'],
    ['https://app.example.com', 'http://localhost:5173'],
  );
  for (const origin of [
    '*',
    'null',
    'app.example.com',
    'https://app.example.com/',
    'https://*.example.com',
    'file://',
  ]) {
    assert.match(problems({ flags: { 'http.origins': origin } })[0]!, /^http\.origins wants origins such as/, origin);
  }
  assert.deepEqual(problems({ flags: { 'http.origins': 'https://a.example', 'http.port': 'off' } }), [
    'http.origins goes with http.port, which is off (the flag --http-origins)',
  ]);
});

/** The KServe protocol over HTTP and gRPC: by hand, and by the client of PyPI. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { skip } from '../../test/language.ts';
import { python, skipWithout } from '../../test/python.ts';
import { Graph } from '../onnx/graph.ts';
import { Batcher } from '../tensors/batcher.ts';
import { ModelHub } from '../tensors/hub.ts';
import { ModelRepository } from '../tensors/repository.ts';
import type { TensorProcess } from '../tensors/tensor-process.ts';
import { AiServer } from './ai-server.ts';
import { Quotas } from './callers.ts';
import { KserveApi } from './kserve.ts';
import { KserveGrpc } from './kserve-grpc.ts';
import { ServingMetrics } from './metrics.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-kserve-'));
const repository = new ModelRepository(join(folder, 'models'));
const metrics = new ServingMetrics();
let hub: ModelHub;
let server: AiServer;
let grpc: KserveGrpc;

/** y = x * factor + 1, of rows of three. */
function linear(factor: number): string {
  const graph = new Graph('linear');
  graph.input('x', 'float32', ['rows', 3]);
  graph.constant('factor', 'float32', [1], Float32Array.of(factor));
  graph.constant('one', 'float32', [1], Float32Array.of(1));
  const product = graph.operator('Mul', ['x', 'factor']);
  graph.operator('Add', [product, 'one'], {}, { outputs: ['y'] });
  graph.output('y', 'float32', ['rows', 3]);
  const path = join(folder, `linear-${factor}.onnx`);
  writeFileSync(path, graph.bytes());
  return path;
}

before(async () => {
  if (skip !== false) return;
  repository.set('linear', repository.add('linear', linear(2), { queueMs: 200, rowsMax: 4 }), 'active');
  hub = await ModelHub.open(repository, {
    watch: {
      batch: (labels, rows, queuedMs, ms) => metrics.batch(labels, rows, queuedMs, ms),
      shadow: (labels, difference) => metrics.shadow(labels, difference),
    },
  });
  server = await AiServer.listen({ tensors: new KserveApi(hub, '0'), metrics });
  const quotas = new Quotas({});
  grpc = await KserveGrpc.listen({ hub, version: '0', host: '127.0.0.1', port: 0, quotas, metrics });
});
after(async () => {
  await server?.close();
  grpc?.close();
  hub?.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (path: string, body?: object | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, {
    ...(body !== undefined && {
      method: 'POST',
      body: body instanceof Uint8Array ? body : JSON.stringify(body),
    }),
    headers,
  });
const inputOf = (data: unknown, rows = 1) => ({ name: 'x', datatype: 'FP32', shape: [rows, 3], data });
const infer = (data: unknown, rows = 1, more: object = {}, version = '') =>
  ask(`/v2/models/linear${version}/infer`, { inputs: [inputOf(data, rows)], ...more });

interface Answer {
  readonly model_version: string;
  readonly outputs: readonly { readonly data: readonly number[]; readonly shape: readonly number[] }[];
}
const answer = async (response: Promise<Response>): Promise<Answer> => (await (await response).json()) as Answer;

test('tensors go as lists and as raw bytes, and come back as they were asked for', { skip }, async () => {
  const { outputs, model_version } = await answer(infer([[1, 2, 3]], 1, { id: 'a' }));
  assert.deepEqual([outputs[0]!.data, outputs[0]!.shape, model_version], [[3, 5, 7], [1, 3], '1']);
  const raw = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
  const head = new TextEncoder().encode(
    JSON.stringify({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 3], parameters: { binary_data_size: raw.length } }],
      outputs: [{ name: 'y', parameters: { binary_data: true } }],
    }),
  );
  const body = new Uint8Array(head.length + raw.length);
  body.set(head);
  body.set(raw, head.length);
  const response = await ask('/v2/models/linear/infer', body, {
    'inference-header-content-length': String(head.length),
  });
  const size = Number(response.headers.get('inference-header-content-length'));
  const bytes = await response.arrayBuffer();
  assert.deepEqual([...new Float32Array(bytes.slice(size))], [3, 5, 7, 9, 11, 13]);
});

test('requests that come close together are computed together, and each gets its rows', { skip }, async () => {
  const before = hub.counts.find(({ version }) => version === '1')!;
  const found = await Promise.all([1, 2, 3, 4].map((x) => answer(infer([x, x, x]))));
  assert.deepEqual(
    found.map(({ outputs }) => outputs[0]!.data[0]),
    [3, 5, 7, 9],
  );
  const { rows, batches } = hub.counts.find(({ version }) => version === '1')!;
  assert.equal(rows - before.rows, 4);
  assert.ok(batches - before.batches < 4, `${batches - before.batches} batches`);
});

test('a request that waited too long is told so', { skip }, async () => {
  assert.equal((await infer([1, 1, 1], 1, { parameters: { timeout: 1000 } })).status, 504);
});

test('a request that finds as many waiting as may is refused, with the time to come again', async () => {
  const spec = [{ name: 'x', datatype: 'FP32', shape: [-1] }];
  const held: (() => void)[] = [];
  const compute = (): Promise<object> => new Promise((resolve) => held.push(() => resolve({ outputs: [], ms: 1 })));
  const process = { inputs: spec, outputs: spec, isLost: false, compute } as unknown as TensorProcess;
  const batcher = new Batcher(process, { queueMs: 5, rowsMax: 1, waitingMax: 2, computed: () => {} });
  const asked = [1, 2, 3].map(() => batcher.infer({ inputs: [], outputs: [] }));
  assert.deepEqual([held.length, batcher.waiting], [1, 2]);
  await assert.rejects(batcher.infer({ inputs: [], outputs: [] }), { code: 'model_busy', retryAfterMs: 5 });
  for (const one of asked) {
    held.pop()!();
    assert.deepEqual(await one, []);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('what does not fit the model is refused', { skip }, async () => {
  const input = inputOf([1, 2, 3]);
  for (const [body, status] of [
    [{ inputs: [{ ...input, shape: [1, 2], data: [1, 2] }] }, 400],
    [{ inputs: [{ ...input, data: [1, 2] }] }, 400],
    [{ inputs: [{ ...input, data: [1, 2, 'x'] }] }, 400],
    [{ inputs: [{ ...input, datatype: 'INT64' }] }, 400],
    [{ inputs: [{ ...input, name: 'z' }] }, 400],
    [{ inputs: [input, input] }, 400],
    [{ inputs: [input], outputs: [{ name: 'z' }] }, 400],
    [{}, 400],
  ] as const) {
    const response = await ask('/v2/models/linear/infer', body);
    assert.equal(response.status, status, JSON.stringify(body));
    assert.equal(typeof ((await response.json()) as { error: unknown }).error, 'string');
  }
  assert.equal((await ask('/v2/models/gone')).status, 404);
  assert.equal((await ask('/v2/systemsharedmemory/status')).status, 501);
});

test('a version goes from staged to shadow to active, and the one before it is retired', { skip }, async () => {
  const second = repository.add('linear', linear(3));
  assert.equal(second, '2');
  assert.equal(repository.add('linear', linear(3)), '2');
  await hub.reload();
  const y = async (version: string) => (await answer(infer([1, 1, 1], 1, {}, version))).outputs[0]!.data[0];
  assert.deepEqual([await y(''), await y('/versions/2')], [3, 4]);
  repository.set('linear', second, 'shadow');
  await hub.reload();
  assert.equal(await y(''), 3);
  const shadowed = /shadow_rows_total\{model="linear",version="2"\} [1-9]/;
  while (!shadowed.test((await metrics.print()).text)) await new Promise((resolve) => setTimeout(resolve, 5));
  repository.set('linear', second, 'active');
  await hub.reload();
  assert.equal(await y(''), 4);
  assert.equal((await infer([1, 1, 1], 1, {}, '/versions/1')).status, 404);
  repository.set('linear', '1', 'active');
  await hub.reload();
  assert.equal(await y(''), 3);
});

test('a file that is not what its hash says is not loaded', { skip }, async () => {
  const number = repository.add('spoilt', linear(5));
  const { sha256 } = repository.read().get('spoilt')!.versions[number]!;
  writeFileSync(repository.blob(sha256), 'x');
  await hub.reload();
  await assert.rejects(hub.find('spoilt', number), { code: 'model_invalid' });
});

test('where the new version cannot be loaded, the one before it goes on', { skip }, async () => {
  const own = new ModelRepository(join(folder, 'own'));
  own.set('linear', own.add('linear', linear(2)), 'active');
  const served = await ModelHub.open(own);
  try {
    const number = own.add('linear', linear(7));
    writeFileSync(own.blob(own.read().get('linear')!.versions[number]!.sha256), 'x');
    own.set('linear', number, 'active');
    await assert.rejects(served.reload(), { code: 'model_invalid' });
    assert.equal((await served.find('linear')).labels.version, '1');
    own.set('linear', '1', 'active');
    await served.reload();
    assert.equal((await served.find('linear')).labels.version, '1');
  } finally {
    served.close();
  }
});

test('how long a batch waits, and how many rows it has, are read again', { skip }, async () => {
  const rows = async (): Promise<number> => {
    const { batches } = hub.counts.find(({ model, version }) => model === 'linear' && version === '1')!;
    await Promise.all([1, 2, 3].map((n) => answer(infer([n, n, n]))));
    return 3 / (hub.counts.find(({ model, version }) => model === 'linear' && version === '1')!.batches - batches);
  };
  assert.equal(await rows(), 3);
  repository.add('linear', linear(2), { rowsMax: 1 });
  await hub.reload();
  assert.equal(await rows(), 1);
  repository.add('linear', linear(2), { rowsMax: 4 });
  await hub.reload();
});

test('a name that is no text is refused as the caller’s mistake', { skip }, async () => {
  for (const path of ['/v2/models/%', '/v2/models/%E0%A4%A', '/v2/repository/models/%/load']) {
    const response = await ask(path, path.endsWith('load') ? {} : undefined);
    assert.equal(response.status, 400, path);
  }
});

const program = `
import json, sys, numpy as np
import tritonclient.KIND as t
c = t.InferenceServerClient(sys.argv[1])
x = np.arange(6, dtype=np.float32).reshape(2, 3)
def ask(binary):
    i = t.InferInput('x', [2, 3], 'FP32')
    i.set_data_from_numpy(x, **binary)
    o = t.InferRequestedOutput('y', **binary)
    return c.infer('linear', [i], outputs=[o], request_id='7').as_numpy('y').tolist()
def failing():
    i = t.InferInput('x', [1, 2], 'FP32')
    i.set_data_from_numpy(np.zeros((1, 2), np.float32))
    try: c.infer('linear', [i])
    except t.InferenceServerException as e: return 'wants' in str(e)
found = [c.is_server_live(), c.is_server_ready(), c.is_model_ready('linear'), c.is_model_ready('gone')]
`;

test('the client tritonclient of PyPI asks over HTTP', { skip: skip || skipWithout('tritonclient.http') }, async () => {
  const found = await python(
    `${program.replace('KIND', 'http')}
c.unload_model('linear'); gone = c.is_model_ready('linear'); c.load_model('linear')
print(json.dumps(dict(found=found, binary=ask(dict(binary_data=True)), json=ask(dict(binary_data=False)), fail=failing(),
  input=c.get_model_metadata('linear')['inputs'], size=c.get_model_config('linear')['max_batch_size'], gone=gone,
  index=sorted(m['state'] for m in c.get_model_repository_index() if m['name'] == 'linear'),
  count=c.get_inference_statistics('linear')['model_stats'][0]['inference_count'] > 0)))`,
    `127.0.0.1:${server.port}`,
  );
  const y = [
    [1, 3, 5],
    [7, 9, 11],
  ];
  assert.deepEqual(found, {
    found: [true, true, true, false],
    binary: y,
    json: y,
    fail: true,
    input: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
    size: 4,
    gone: false,
    index: ['READY', 'UNAVAILABLE'],
    count: true,
  });
});

test('the client tritonclient of PyPI asks over gRPC', { skip: skip || skipWithout('tritonclient.grpc') }, async () => {
  const found = await python(
    `${program.replace('KIND', 'grpc')}
import queue
q = queue.Queue()
c.start_stream(callback=lambda result, error: q.put(result))
i = t.InferInput('x', [2, 3], 'FP32'); i.set_data_from_numpy(x)
c.async_stream_infer('linear', [i]); streamed = q.get(timeout=30).as_numpy('y').tolist(); c.stop_stream()
print(json.dumps(dict(found=found, y=ask({}), stream=streamed, fail=failing(),
  input=[n.name for n in c.get_model_metadata('linear').inputs],
  size=c.get_model_config('linear').config.max_batch_size,
  index=sorted(m.state for m in c.get_model_repository_index().models if m.name == 'linear'),
  count=c.get_inference_statistics('linear').model_stats[0].inference_count > 0)))`,
    `127.0.0.1:${grpc.port}`,
  );
  const y = [
    [1, 3, 5],
    [7, 9, 11],
  ];
  assert.deepEqual(found, {
    found: [true, true, true, false],
    y,
    stream: y,
    fail: true,
    input: ['x'],
    size: 4,
    index: ['READY', 'UNAVAILABLE'],
    count: true,
  });
});

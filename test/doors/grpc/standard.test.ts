/** What every gRPC tool expects to find: health, reflection, and a .proto file that says the same as they do. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import {
  loadFileDescriptorSetFromBuffer,
  loadSync,
  type MessageTypeDefinition,
  type PackageDefinition,
} from '@grpc/proto-loader';
import { protoPath as healthPath } from 'grpc-health-check';
import { describedFiles } from '../../../packages/server/src/server/grpc/gen/descriptors.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { protoPath } from '../../support/grpc-messages.ts';
import { GrpcDoorFixture } from './fixture.ts';

type Message = Record<string, unknown>;
type Type = MessageTypeDefinition<object, Message>;
const reflectionPath = (version: string): string =>
  join(
    dirname(createRequire(import.meta.url).resolve('@grpc/reflection')),
    `../proto/grpc/reflection/${version}/reflection.proto`,
  );
const typesOf = (path: string): PackageDefinition => loadSync(path, { keepCase: true, enums: String, bytes: Buffer });

let door: GrpcDoorFixture;
let client: grpc.Client;
before(async () => {
  door = await GrpcDoorFixture.open({}, new FakePort());
  client = new grpc.Client(door.authority, grpc.credentials.createInsecure());
});
after(async () => {
  client.close();
  await door.close();
});

/** Wrapped as a `FileDescriptorSet` of one. */
function described(path: string): PackageDefinition {
  const file = describedFiles.find((item) => item.path === path)!;
  return definitionOf(Buffer.from(file.descriptor, 'base64'));
}

function definitionOf(file: Buffer): PackageDefinition {
  const size: number[] = [];
  for (let rest = file.length; ; rest >>>= 7) {
    if (rest < 0x80) {
      size.push(rest);
      break;
    }
    size.push((rest & 0x7f) | 0x80);
  }
  return loadFileDescriptorSetFromBuffer(Buffer.concat([Buffer.from([0x0a, ...size]), file]));
}

/**
 * Without what only one of the two can know: functions, options, the file itself; and where reserved numbers end, which
 * protobuf.js takes to be inclusive.
 */
function comparable(definition: PackageDefinition): object {
  const drop = new Set(['fileDescriptorProtos', 'options', 'jsonName', 'end']);
  return JSON.parse(
    JSON.stringify(
      Object.fromEntries(Object.entries(definition).sort(([a], [b]) => (a < b ? -1 : 1))),
      (key, value: unknown) => (drop.has(key) || (Array.isArray(value) && value.length === 0) ? undefined : value),
    ),
  ) as object;
}

test('the descriptor says what the text says', () => {
  const text = comparable(loadSync(protoPath, { keepCase: true }));
  assert.ok(Object.keys(text).length > 30);
  assert.deepEqual(comparable(described('tallystick.proto')), text);
});

for (const version of ['v1', 'v1alpha']) {
  test(`the descriptor of reflection ${version} is that of the specification`, () => {
    const ours = comparable(described(`grpc/reflection/${version}/reflection.proto`));
    assert.deepEqual(ours, comparable(loadSync(reflectionPath(version), { keepCase: true })));
  });
}

test('the descriptor of health is that of the specification, but for the list of services', () => {
  const { Health, ...messages } = Object.fromEntries(
    Object.entries(comparable(loadSync(healthPath, { keepCase: true })))
      .filter(([name]) => !name.includes('.HealthList'))
      .map(([name, value]) => [name.replace('grpc.health.v1.', ''), value as Message]),
  );
  const { List: _, ...methods } = Health!;
  const wanted = { Health: methods, ...messages };
  const ours = Object.fromEntries(
    Object.entries(comparable(described('grpc/health/v1/health.proto'))).map(([name, value]) => [
      name.replace('grpc.health.v1.', ''),
      value as Message,
    ]),
  );
  assert.deepEqual(ours, wanted);
});

const health = typesOf(healthPath);
const request = health['grpc.health.v1.HealthCheckRequest'] as unknown as Type;
const response = health['grpc.health.v1.HealthCheckResponse'] as unknown as Type;

function check(service: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      request.serialize,
      response.deserialize,
      { service },
      (error, value) => (error === null ? resolve(value!) : reject(error)),
    );
  });
}

test('health: the server and its services serve, others are not found', async () => {
  assert.deepEqual(await check(''), { status: 'SERVING' });
  assert.deepEqual(await check('tallystick.v1.Ledger'), { status: 'SERVING' });
  await assert.rejects(check('tallystick.v9.Ledger'), { code: grpc.status.NOT_FOUND });
});

test('health can be watched, to the end', async () => {
  const own = await GrpcDoorFixture.open({}, new FakePort());
  const watcher = new grpc.Client(own.authority, grpc.credentials.createInsecure());
  const seen: unknown[] = [];
  const watch = (service: string): Promise<grpc.StatusObject> =>
    new Promise((resolve) => {
      watcher
        .makeServerStreamRequest('/grpc.health.v1.Health/Watch', request.serialize, response.deserialize, { service })
        .on('data', ({ status }: Message) => seen.push(status))
        .on('error', () => undefined)
        .on('status', resolve);
    });
  const ended = watch('tallystick.v1.Ledger');
  const unknown = watch('nothing');
  while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(seen.sort(), ['SERVICE_UNKNOWN', 'SERVING']);
  await own.server.drain(1000);
  assert.equal((await ended).code, grpc.status.UNAVAILABLE);
  assert.equal((await unknown).code, grpc.status.UNAVAILABLE);
  assert.deepEqual(seen, ['SERVICE_UNKNOWN', 'SERVING', 'NOT_SERVING']);
  watcher.close();
  await own.close();
});

for (const version of ['v1', 'v1alpha']) {
  test(`reflection ${version} tells the services, and everything that is needed to call them`, async () => {
    const types = typesOf(reflectionPath(version));
    const asked = types[`grpc.reflection.${version}.ServerReflectionRequest`] as unknown as Type;
    const answered = types[`grpc.reflection.${version}.ServerReflectionResponse`] as unknown as Type;
    const call = client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      asked.serialize,
      answered.deserialize,
    );
    const answers: Message[] = [];
    call.on('data', (answer: Message) => answers.push(answer));
    const ended = new Promise((resolve) => call.on('status', resolve));
    call.write({ host: 'here', list_services: '' });
    call.write({ file_containing_symbol: 'tallystick.v1.Ledger.Submit' });
    call.write({ file_by_filename: 'tallystick.proto' });
    call.write({ file_containing_symbol: 'grpc.health.v1.HealthCheckResponse.ServingStatus' });
    call.write({ file_containing_symbol: 'nothing.at.all' });
    for (let i = 0; i < 40; i++) call.write({ all_extension_numbers_of_type: 'tallystick.v1.Error' });
    call.end();
    await ended;
    assert.equal(answers.length, 45);
    const [services, bySymbol, byName, healthFile, missing, extensions] = answers as [
      Message,
      Message,
      Message,
      Message,
      Message,
      Message,
    ];
    assert.deepEqual(
      (services.list_services_response as { service: Message[] }).service.map(({ name }) => name),
      [
        'tallystick.v1.Ledger',
        'grpc.health.v1.Health',
        'grpc.reflection.v1.ServerReflection',
        'grpc.reflection.v1alpha.ServerReflection',
      ],
    );
    assert.equal(services.valid_host, 'here');
    assert.deepEqual(services.original_request, { host: 'here', list_services: '' });
    const fileOf = (answer: Message): Buffer =>
      (answer.file_descriptor_response as { file_descriptor_proto: Buffer[] }).file_descriptor_proto[0]!;
    assert.deepEqual(fileOf(bySymbol), fileOf(byName));
    assert.deepEqual(comparable(definitionOf(fileOf(byName))), comparable(loadSync(protoPath, { keepCase: true })));
    assert.ok('grpc.health.v1.Health' in definitionOf(fileOf(healthFile)));
    for (const answer of [missing, extensions]) {
      assert.equal((answer.error_response as Message).error_code, grpc.status.NOT_FOUND);
    }
  });
}

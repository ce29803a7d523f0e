/**
 * Stands in for grpcurl where that is not installed: `-plaintext [-d JSON] ADDRESS list|SERVICE/METHOD`. It asks
 * reflection what there is, sends the JSON as protobuf.js maps it, and prints what comes as grpcurl would.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import grpc from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import { protoPath } from './grpc-messages.ts';

type Type = MessageTypeDefinition<object, object>;

const words = process.argv.slice(2).filter((word) => word !== '-plaintext');
const data = words[0] === '-d' ? words.splice(0, 2)[1]! : '{}';
const [address, asked] = words as [string, string];
const client = new grpc.Client(address, grpc.credentials.createInsecure());

function typed(path: string, keepCase: boolean, name: string): Type {
  const types = loadSync(path, { keepCase, longs: String, enums: String, bytes: String });
  return types[name] as unknown as Type;
}

function fail(error: grpc.ServiceError): void {
  console.error(`ERROR:\n  Code: ${grpc.status[error.code]}\n  Message: ${error.details}`);
  process.exitCode = 1;
}

function print(message: object): void {
  console.log(JSON.stringify(message, undefined, 2));
}

function list(): void {
  const reflection = dirname(createRequire(import.meta.url).resolve('@grpc/reflection'));
  const path = join(reflection, '../proto/grpc/reflection/v1/reflection.proto');
  const of = (name: string): Type => typed(path, true, `grpc.reflection.v1.${name}`);
  const call = client.makeBidiStreamRequest(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    of('ServerReflectionRequest').serialize,
    of('ServerReflectionResponse').deserialize,
  );
  call.on('data', (found: { list_services_response: { service: { name: string }[] } }) => {
    for (const { name } of found.list_services_response.service) console.log(name);
  });
  call.on('error', fail);
  call.on('end', () => client.close());
  call.end({ list_services: '*' });
}

function ask(method: string): void {
  const name = method.slice(method.indexOf('/') + 1);
  const call = client.makeServerStreamRequest(
    `/${method}`,
    typed(protoPath, true, `tallystick.v1.${name}Request`).serialize,
    typed(protoPath, false, `tallystick.v1.${name}Reply`).deserialize,
    JSON.parse(data) as object,
  );
  call.on('data', print);
  call.on('error', fail);
  call.on('end', () => client.close());
}

if (asked === 'list') list();
else ask(asked);

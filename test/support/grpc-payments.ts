/** Payments over gRPC as grpc-js calls them, with messages as protobuf.js writes them from the .proto file. */
import { join } from 'node:path';
import grpc from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import { readStatusDetails } from '../../src/wire/index.ts';

export type Told = { readonly [field: string]: unknown };

const path = join(import.meta.dirname, '..', '..', '..', 'packages', 'services', 'proto', 'payments.proto');
const PACKAGE = 'tallystick.payments.v1';
const proto = loadSync(path, { keepCase: true, longs: String, defaults: false });
type Codec = MessageTypeDefinition<object, object>;
const codec = (name: string): Codec => proto[`${PACKAGE}.${name}`] as unknown as Codec;
const methods = proto[`${PACKAGE}.Payments`] as grpc.ServiceDefinition;

export class GrpcPayments {
  readonly #client: grpc.Client;
  readonly #metadata = new grpc.Metadata();

  constructor(url: string, token: string | undefined) {
    const insecure = grpc.credentials.createInsecure();
    this.#client = new grpc.Client(new URL(url).host, insecure, { 'grpc.use_local_subchannel_pool': 1 });
    if (token !== undefined) this.#metadata.set('authorization', `Bearer ${token}`);
  }

  call(method: string, message: object): Promise<Told> {
    const { requestSerialize } = methods[method]!;
    return this.raw(method, requestSerialize(message));
  }

  /** Rejects with an error that has our code. */
  raw(method: string, bytes: Buffer): Promise<Told> {
    const { path, responseDeserialize } = methods[method]!;
    return new Promise((resolve, reject) => {
      const same = (value: Buffer): Buffer => value;
      this.#client.makeUnaryRequest(path, same, responseDeserialize, bytes, this.#metadata, {}, (error, value) => {
        if (error === null) resolve(value as Told);
        else reject(errorOf(error));
      });
    });
  }

  submit(): { send(message: object): void; end(): Promise<Told[]> } {
    const [request, reply] = [codec('Request'), codec('Reply')];
    const call = this.#client.makeBidiStreamRequest(
      `/${PACKAGE}.Payments/Submit`,
      request.serialize,
      reply.deserialize,
      this.#metadata,
    );
    const replies: Told[] = [];
    call.on('data', (one: Told) => replies.push(one));
    const ended = new Promise<Told[]>((resolve, reject) => {
      call.on('error', (error) => reject(errorOf(error as grpc.ServiceError)));
      call.on('end', () => resolve(replies));
    });
    return {
      send: (message) => void call.write(message),
      end: () => {
        call.end();
        return ended;
      },
    };
  }

  close(): void {
    this.#client.close();
  }
}

function errorOf({ message, metadata }: grpc.ServiceError): Error {
  const [details] = metadata.get('grpc-status-details-bin');
  if (details === undefined) return Object.assign(new Error(message), { code: 'unknown' });
  return readStatusDetails(details as Buffer);
}

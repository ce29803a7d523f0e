/** Calls as grpc-js makes them, with messages as protobuf.js writes them. */
import { once } from 'node:events';
import grpc from '@grpc/grpc-js';
import { readStatusDetails } from '../../../src/wire/index.ts';
import { codec } from '../../support/grpc-messages.ts';

export type Message = Record<string, unknown>;

/** How a call ended. */
export interface Outcome {
  readonly status: grpc.status;
  readonly details: string;
  /** `code` of the detail, if there is one. */
  readonly code: string | undefined;
  readonly metadata: grpc.Metadata;
}

export class GrpcJsClient {
  readonly client: grpc.Client;

  constructor(authority: string, credentials: grpc.ChannelCredentials = grpc.credentials.createInsecure()) {
    this.client = new grpc.Client(authority, credentials, { 'grpc.use_local_subchannel_pool': 1 });
  }

  /** One unary call of the ledger's service; rejects with its outcome. */
  call(
    method: string,
    message: Message,
    options: grpc.CallOptions = {},
    metadata: grpc.Metadata = new grpc.Metadata(),
    hear: (metadata: grpc.Metadata) => void = () => undefined,
  ): Promise<Message> {
    const request = codec(`${method}Request`);
    const reply = codec(`${method}Reply`);
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        `/tallystick.v1.Ledger/${method}`,
        request.serialize,
        reply.deserialize,
        message,
        metadata,
        options,
        (error, value) => (error === null ? resolve(value as Message) : reject(outcomeOf(error))),
      );
      call.on('metadata', hear);
    });
  }

  submit(options: grpc.CallOptions = {}, metadata: grpc.Metadata = new grpc.Metadata()): SubmitCall {
    const call = this.client.makeBidiStreamRequest(
      '/tallystick.v1.Ledger/Submit',
      codec('Request').serialize,
      codec('Reply').deserialize,
      metadata,
      options,
    );
    return new SubmitCall(call);
  }

  close(): void {
    this.client.close();
  }
}

export class SubmitCall {
  readonly call: grpc.ClientDuplexStream<object, object>;
  readonly replies: Message[] = [];
  readonly outcome: Promise<Outcome>;

  constructor(call: grpc.ClientDuplexStream<object, object>) {
    this.call = call;
    call.on('data', (reply: Message) => this.replies.push(reply));
    call.on('error', () => undefined);
    this.outcome = new Promise((resolve) => call.once('status', (status) => resolve(outcomeOf(status))));
  }

  send(message: Message): void {
    this.call.write(message);
  }

  /** Waits until there are so many replies. */
  async until(count: number): Promise<Message[]> {
    while (this.replies.length < count) await once(this.call, 'data');
    return this.replies;
  }

  end(): Promise<Outcome> {
    this.call.end();
    return this.outcome;
  }
}

export function outcomeOf({
  code,
  details,
  metadata,
}: Pick<grpc.StatusObject, 'code' | 'details' | 'metadata'>): Outcome {
  const [detail] = metadata.get('grpc-status-details-bin');
  const error = detail === undefined ? undefined : readStatusDetails(detail as Buffer);
  return { status: code, details, code: error?.code, metadata };
}

/** Rejects with an outcome of that status, and that code of ours. */
export async function refusal(call: Promise<unknown>): Promise<Outcome> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error as Outcome,
  );
  if (outcome === undefined) throw new Error('the call went well');
  return outcome;
}

export const u128 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(value & 0xffff_ffff_ffff_ffffn, 0);
  bytes.writeBigUInt64LE(value >> 64n, 8);
  return bytes;
};

/**
 * A fresh ledger behind each door that is not the native one, whose time the test tells: its server, and a client over
 * a real socket, in this process.
 */
import { GrpcServer, HttpServer, MessagePackServer, replayAccess } from '../../packages/server/src/server/index.ts';
import { grpcPort } from '../../src/client/index.ts';
import { EngineReplayPort, openMemory } from '../../src/engine/index.ts';
import {
  EVENTS_MAX,
  NO_CONTEXT,
  type Operation,
  operationShapes,
  type Port,
  type ReplayPort,
} from '../../src/model/index.ts';
import type { OpenPort } from '../../testing/model/model-port.ts';
import { httpPort, messagePackPort } from './door-clients.ts';

interface Door {
  readonly client: Port;
  drain(): Promise<void>;
}

function behind(open: (port: Port) => Promise<Door>): OpenPort {
  return async (): Promise<ReplayPort> => {
    const ledger = new EngineReplayPort(openMemory({ expires: false }).engine);
    const { port: told } = replayAccess(ledger, EVENTS_MAX);
    let next: bigint | undefined;
    const { client, drain } = await open({
      ...told,
      request: (request) =>
        told.request({
          ...request,
          context: { ...request.context, ...(next === undefined ? {} : { timestamp: next }) },
        }),
    });
    return {
      request(operation, events, timestamp) {
        next = timestamp;
        return client.request({
          operation: operation as Operation,
          count: events.length / operationShapes[operation as Operation].eventSize,
          write: ({ bytes }, at) => bytes.set(events, at),
          read: ({ bytes }, at, size) => bytes.slice(at, at + size),
          context: NO_CONTEXT,
        });
      },
      advance: (nanoseconds) => ledger.advance(nanoseconds),
      async close() {
        await client.close();
        await drain();
        await ledger.close();
      },
    };
  };
}

export const doorPorts: readonly { readonly name: string; readonly open: OpenPort }[] = [
  {
    name: 'grpc',
    open: behind(async (port) => {
      const server = await GrpcServer.listen(port, { port: 0 });
      return { client: await grpcPort(`grpc://127.0.0.1:${server.address.port}`), drain: () => server.drain(1000) };
    }),
  },
  {
    name: 'http',
    open: behind(async (port) => {
      const server = await HttpServer.listen(port);
      const { port: number } = server.address;
      return { client: httpPort(`http://127.0.0.1:${number}`), drain: () => server.drain(1000) };
    }),
  },
  {
    name: 'msgpack',
    open: behind(async (port) => {
      const server = await MessagePackServer.listen(port);
      const { port: number } = server.address;
      return { client: await messagePackPort(`msgpack://127.0.0.1:${number}`), drain: () => server.drain(1000) };
    }),
  },
];

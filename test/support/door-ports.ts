/** A fresh ledger behind each door that is not the native one, whose time the test tells: its server, and a client over a real socket, in this process. */
import { grpcPort } from '../../src/client/index.ts';
import { EngineReplayPort, openMemory } from '../../src/engine/index.ts';
import {
  EVENTS_MAX,
  type Operation,
  operationShapes,
  type ReplayPort,
  type RequestPort,
} from '../../src/model/index.ts';
import { GrpcServer, HttpServer, type LanePort, MessagePackServer, replayPort } from '../../src/server/index.ts';
import type { OpenPort } from '../../testing/model/model-port.ts';
import { httpPort, messagePackPort } from './door-clients.ts';

interface Door {
  readonly client: RequestPort;
  drain(): Promise<void>;
}

function behind(open: (port: LanePort) => Promise<Door>): OpenPort {
  return async (): Promise<ReplayPort> => {
    const ledger = new EngineReplayPort(openMemory({ expires: false }).engine);
    const told = replayPort(ledger, EVENTS_MAX);
    let next: bigint | undefined;
    const { client, drain } = await open({
      eventsMax: EVENTS_MAX,
      request: (operation, count, write, read, context) =>
        told.request(operation, count, write, read, { ...context, ...(next === undefined ? {} : { timestamp: next }) }),
      close: async () => {},
    });
    return {
      request(operation, events, timestamp) {
        next = timestamp;
        return client.request(
          operation,
          events.length / operationShapes[operation as Operation].eventSize,
          ({ bytes }, at) => bytes.set(events, at),
          ({ bytes }, at, size) => bytes.slice(at, at + size),
        );
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
      const server = new HttpServer(port);
      const { port: number } = await server.listen(0, '127.0.0.1');
      return { client: httpPort(`http://127.0.0.1:${number}`), drain: () => server.drain(1000) };
    }),
  },
  {
    name: 'msgpack',
    open: behind(async (port) => {
      const server = new MessagePackServer(port);
      const { port: number } = await server.listen(0, '127.0.0.1');
      return { client: await messagePackPort(`msgpack://127.0.0.1:${number}`), drain: () => server.drain(1000) };
    }),
  },
];

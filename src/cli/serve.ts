/**
 * `tallystick serve FOLDER`: a ledger for other processes. Ends on SIGTERM or SIGINT once everything that was sent is answered; a second signal does not
 * wait for that.
 */
import { EngineReplayPort, openFolder, openMemory } from '../engine/index.ts';
import { EVENTS_MAX, TallystickError } from '../model/index.ts';
import { GrpcServer, Ingress, type LanePort, type NativePort, NativeServer, replayPort } from '../server/index.ts';

export interface ServeOptions {
  readonly tcpPort: number;
  /** The gRPC door's; none: closed. */
  readonly grpcPort?: number;
  readonly host: string;
  /** Of the cluster, u128. */
  readonly cluster: bigint;
  readonly replay: boolean;
}

/** What doors speak to, and how to end it. */
interface Served {
  readonly port: () => NativePort;
  /** None where every connection has a ledger of its own. */
  readonly lanes?: LanePort;
  readonly ledgerId: bigint;
  close(): Promise<void>;
}

/** Prints a line when it listens; resolves when it has ended. */
export async function serve(folder: string, options: ServeOptions, print: (line: string) => void): Promise<void> {
  if (options.replay && folder !== ':memory:') {
    throw new TallystickError('invalid_argument', '--replay lets clients tell the time: only with :memory:');
  }
  const served = options.replay ? fresh() : await open(folder);
  try {
    const server = await NativeServer.listen(served.port, {
      port: options.tcpPort,
      host: options.host,
      cluster: options.cluster,
      ledgerId: served.ledgerId,
      replay: options.replay,
    });
    const grpc = await openGrpc(served, options).catch(async (error: unknown) => {
      await server.drain();
      throw error;
    });
    const stopping = stopSignals(() => process.exit(1));
    const at = [`tcp://${authority(server.address)}`];
    if (grpc !== undefined) at.push(`grpc://${authority(grpc.address)}`);
    print(`tallystick serves ${folder} at ${at.join(' and ')}`);
    await stopping;
    await Promise.all([server.drain(), grpc?.drain()]);
  } finally {
    await served.close();
  }
}

async function openGrpc({ lanes }: Served, { host, grpcPort }: ServeOptions): Promise<GrpcServer | undefined> {
  if (grpcPort === undefined) return undefined;
  if (lanes === undefined) throw new TallystickError('invalid_argument', '--replay is for the native door alone');
  return GrpcServer.listen(lanes, { host, port: grpcPort });
}

function authority({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function open(folder: string): Promise<Served> {
  const { engine, ledgerId } =
    folder === ':memory:' ? { ...openMemory(), ledgerId: 1n } : await openFolder(folder, { mode: 'threads' });
  const lanes = new Ingress(engine);
  return {
    port: () => lanes,
    lanes,
    ledgerId,
    close: async () => {
      await lanes.close();
      await engine.close();
    },
  };
}

/** An empty ledger in memory for every connection. */
function fresh(): Served {
  return {
    port: () => replayPort(new EngineReplayPort(openMemory({ expires: false }).engine), EVENTS_MAX),
    ledgerId: 0n,
    close: async () => {},
  };
}

/** Resolves at the first SIGTERM or SIGINT; the second calls `force`. */
function stopSignals(force: () => void): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        signals += 1;
        if (signals === 1) resolve();
        else force();
      });
    }
  });
}

/** Ledgers as programs hold them, by clocks of their own, keep every promise that does not tell the time. */
import { join } from 'node:path';
import { Ingress, NativeServer } from '../../packages/server/src/server/index.ts';
import { openMemory } from '../../src/engine/index.ts';
import { connect, connectGrpc, type Ledger, open } from '../../src/index.ts';
import { conformance } from '../../testing/conformance/conformance.ts';
import { ModelLedger } from '../../testing/ports/model-ledger.ts';
import { GrpcDoorFixture } from '../doors/grpc/fixture.ts';
import { temporaryFolder } from '../support/folders.ts';
import { addressOf } from '../support/tcp.ts';

const folder = temporaryFolder();
const NOW = 1_700_000_000_000_000_000n;
let opened = 0;

/** The same ledger; closing it closes what it was opened with, too. */
function ending<T extends Ledger>(ledger: T, end: () => Promise<void>): T {
  const close = ledger.close.bind(ledger);
  let ended: Promise<void> | undefined;
  ledger.close = () => {
    ended ??= close().then(end);
    return ended;
  };
  return ledger;
}

async function overTcp(): Promise<Ledger> {
  const { engine } = openMemory();
  const lanes = new Ingress(engine);
  const server = await NativeServer.listen(() => ({ port: lanes }), { port: 0 });
  return ending(await connect(addressOf(server)), async () => {
    await server.drain();
    await lanes.close();
    await engine.close();
  });
}

async function overGrpc(): Promise<Ledger> {
  const door = await GrpcDoorFixture.open();
  return ending(await connectGrpc(door.address), () => door.close());
}

conformance({ name: 'the reference model', open: () => new ModelLedger() });
conformance({ name: 'a ledger in memory', open: () => open(':memory:') });
conformance({ name: 'a ledger in memory whose clock stands', open: () => open(':memory:', { now: NOW }) });
const mode = 'inline';
conformance({ name: 'a ledger in a folder', open: () => open(join(folder, `${opened++}`), { mode }), concurrency: 4 });
conformance({ name: 'a ledger behind the native door', open: overTcp, concurrency: 8 });
conformance({ name: 'a ledger behind the gRPC door', open: overGrpc, concurrency: 8 });

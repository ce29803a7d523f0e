/**
 * TigerBeetle behind the port that every ledger has keeps the promises of one, but for those that are excused by name.
 * Its client is a fake over the reference model, so that everything but the wire is told every promise here; the wire
 * and the cluster behind it are in cluster.test.ts, which wants a binary.
 */
import { Ingress, NativeServer } from '../../packages/server/src/server/index.ts';
import { connect, type Ledger } from '../../src/index.ts';
import { ObjectLedger } from '../../src/model/index.ts';
import { conformance } from '../../testing/conformance/conformance.ts';
import { addressOf } from '../support/tcp.ts';
import { excuses } from './excuses.ts';
import { connectFake } from './fake.ts';

async function alone(): Promise<Ledger> {
  const { port, advance } = await connectFake();
  return Object.assign(new ObjectLedger(port), { advance });
}

async function behindDoor(): Promise<Ledger> {
  const { port, advance } = await connectFake();
  const lanes = new Ingress(port);
  const server = await NativeServer.listen(() => ({ port: lanes }), { port: 0 });
  const ledger = await connect(addressOf(server));
  const close = ledger.close.bind(ledger);
  let ended: Promise<void> | undefined;
  ledger.close = () => {
    ended ??= close().then(async () => {
      await server.drain();
      await lanes.close();
      await port.close();
    });
    return ended;
  };
  return Object.assign(ledger, { advance });
}

conformance({
  name: 'TigerBeetle, by a fake of its client',
  open: alone,
  skip: excuses,
});
conformance({
  name: 'TigerBeetle behind our native door, by a fake of its client',
  open: behindDoor,
  skip: excuses,
});

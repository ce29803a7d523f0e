/**
 * Programs written for tigerbeetle-node, over the doors that have no client of their own here: the same ledger,
 * whatever it is spoken to in.
 */
import { after, before } from 'node:test';
import { HttpServer, Ingress, MessagePackServer } from '../../../packages/server/src/server/index.ts';
import { createClientWith } from '../../../src/client/index.ts';
import { openMemory } from '../../../src/engine/index.ts';
import { clientSuite } from '../../../testing/conformance/client-suite.ts';
import { httpPort, messagePackPort } from '../../support/door-clients.ts';

const { engine } = openMemory();
const lanes = new Ingress(engine);
const http = await HttpServer.listen(lanes);
const messagePack = await MessagePackServer.listen(lanes);
let httpAt: string;
let messagePackAt: string;
before(async () => {
  httpAt = `http://127.0.0.1:${http.address.port}`;
  messagePackAt = `msgpack://127.0.0.1:${messagePack.address.port}`;
});
after(async () => {
  await Promise.all([http.drain(1000), messagePack.drain(1000)]);
  await lanes.close();
  await engine.close();
});

const arguments_ = { cluster_id: 0n, replica_addresses: ['3000'] };
const overHttp = createClientWith(async () => httpPort(httpAt));
clientSuite('the client over HTTP', () => overHttp(arguments_));
const overMessagePack = createClientWith(() => messagePackPort(messagePackAt));
clientSuite('the client over MessagePack', () => overMessagePack(arguments_));

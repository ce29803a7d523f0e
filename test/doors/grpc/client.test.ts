/** Programs written for tigerbeetle-node, over the gRPC door: each client a connection of its own to one server. */
import { after, before } from 'node:test';
import { createClientWith, grpcPort } from '../../../src/client/index.ts';
import { clientSuite } from '../../../testing/conformance/client-suite.ts';
import { GrpcDoorFixture } from './fixture.ts';

let door: GrpcDoorFixture;
before(async () => {
  door = await GrpcDoorFixture.open();
});
after(() => door.close());

const createClient = createClientWith(() => grpcPort(door.address));
clientSuite('the client over gRPC', () => createClient({ cluster_id: 0n, replica_addresses: ['3000'] }));

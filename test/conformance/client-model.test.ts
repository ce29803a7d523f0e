import { createClientWith } from '../../src/client/index.ts';
import { clientSuite } from '../../testing/conformance/client-suite.ts';
import { ModelRequestPort } from '../../testing/ports/model-request-port.ts';

const createClient = createClientWith(async () => new ModelRequestPort());
clientSuite('the client over the reference model', () => createClient({ cluster_id: 0n, replica_addresses: ['3000'] }));

import { createClient } from 'tallystick';
import { clientSuite } from 'tallystick/testing';

// Tests for node:test: what programs written for tigerbeetle-node rely on, told against your client.
clientSuite('my client', () => createClient({ cluster_id: 0n, replica_addresses: ['3000'] }));

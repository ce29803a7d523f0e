import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { codec, plain, recordBytes } from '../../test/support/grpc-messages.ts';
import { Operation, TallystickError } from '../model/index.ts';
import { protoOperations } from './gen/grpc.ts';
import { readFollow } from './grpc-changes.ts';
import { readEvents } from './grpc-events.ts';
import { readRequest, readStreamReply } from './grpc-messages.ts';
import { readStatusDetails } from './grpc-status.ts';

test('nonsense is refused with an error of ours, and nothing else', () => {
  const operations = Object.keys(protoOperations).map(Number);
  const nonsense = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // A good request with some bytes changed.
    fc
      .tuple(
        fc.array(recordBytes(protoOperations[Operation.create_transfers]!.event!), { maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      )
      .map(([all, changes]) => {
        const record = protoOperations[Operation.create_transfers]!.event!;
        const bytes = codec('Request').serialize({
          id: '1',
          create_transfers: { transfers: all.map((one) => plain(record, one)) },
        });
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return new Uint8Array(bytes);
      }),
  );
  fc.assert(
    fc.property(nonsense, fc.constantFrom(...operations), (bytes, operation) => {
      for (const read of [
        () => readEvents(operation, bytes, 0, bytes.length),
        () => {
          const request = readRequest(bytes);
          if (request.operation !== 0) readEvents(request.operation, bytes, request.start, request.end);
        },
        () => readFollow(bytes),
        () => readStreamReply(bytes),
        () => readStatusDetails(bytes),
      ]) {
        try {
          read();
        } catch (error) {
          assert.ok(error instanceof TallystickError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

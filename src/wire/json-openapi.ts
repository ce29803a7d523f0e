/** The HTTP door as OpenAPI 3.1, printed from the schema: records become schemas, operations become paths. */
import { enumSchemas, recordSchemas } from '../model/index.ts';
import { paths } from './json-openapi-paths.ts';
import { enumSchema, inputName, type Json, problemSchema, recordSchema, ref } from './json-openapi-schemas.ts';

/** Reply schemas are named after the record; what is sent has `Input` behind it. */
export function openApi(): Json {
  const schemas: { [name: string]: Json } = {};
  for (const record of recordSchemas) {
    if (record.way !== 'in') schemas[record.name] = recordSchema(record, false);
    if (record.way !== 'out') schemas[inputName(record)] = recordSchema(record, true);
  }
  for (const schema of enumSchemas) if (schema.kind !== 'flags') schemas[schema.name] = enumSchema(schema);
  schemas.Problem = problemSchema();
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tallystick',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'A double-entry ledger. Ids, amounts and 64-bit numbers are decimal text in answers; requests may also give them as integers up to 2^53 - 1 or as 0x text, ids as UUIDs too. ' +
        'The status of an event tells its outcome; the HTTP status tells that of the request. Creating is idempotent by id: an event that was created before answers `exists`, and a linked chain `exists, linked_event_failed, …`.',
    },
    paths: paths(),
    components: {
      schemas,
      parameters: {
        lane: {
          name: 'Tallystick-Lane',
          in: 'header',
          description: 'The lane that the client asks for; the server decides.',
          schema: { enum: ['critical', 'high', 'normal'], default: 'normal' },
        },
        timeout: {
          name: 'Tallystick-Timeout-Ms',
          in: 'header',
          description:
            'How long you wait, milliseconds. A request that is not done by then is given up: `deadline_exceeded`, and nothing was done.',
          schema: { type: 'integer', minimum: 1 },
        },
        key: {
          name: 'Idempotency-Key',
          in: 'header',
          description:
            'Your name for this request, a random one. Sent again with the same key and events it gets its first reply, and nothing is done; with other events it answers 422. The ledger keeps the replies of the last 16,384 keys and sessions, 8 MiB at most.',
          schema: { type: 'string', minLength: 1, maxLength: 255 },
        },
        pin: {
          name: 'Tallystick-Pin',
          in: 'header',
          description:
            'This header of an earlier answer: the ledger that you mean, and up to which op at least. A server with another ledger, or an older state, answers 412, and nothing was done.',
          schema: { type: 'string' },
        },
      },
      responses: {
        Problem: {
          description: 'The request failed; `code` says what happened, `next` what to do.',
          content: { 'application/problem+json': { schema: ref('Problem') } },
        },
        Busy: {
          description: 'The lane is full; nothing was done.',
          headers: {
            'Retry-After': {
              description: 'Seconds, rounded up; `retry_after_ms` is exact.',
              schema: { type: 'integer' },
            },
          },
          content: { 'application/problem+json': { schema: ref('Problem') } },
        },
      },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { bearer: [] }],
  };
}

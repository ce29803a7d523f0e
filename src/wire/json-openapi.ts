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
        'What becomes of an event is its status; HTTP statuses speak of the request. Creating is idempotent by id: sent again, what was done answers `exists`.',
    },
    paths: paths(),
    components: {
      schemas,
      parameters: {
        lane: {
          name: 'Tallystick-Lane',
          in: 'header',
          description: 'The lane that the client wishes for; the server decides.',
          schema: { enum: ['critical', 'high', 'normal'], default: 'normal' },
        },
      },
      responses: {
        Problem: {
          description: 'Nothing is known to have been done; `code` says what happened, `next` what to do.',
          content: { 'application/problem+json': { schema: ref('Problem') } },
        },
        Busy: {
          description: 'The lane is full; nothing was sent.',
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

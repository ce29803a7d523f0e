/** The ledger's own .proto file, from the one description of records, statuses and operations. */
import {
  type FieldSchema,
  type OperationSchema,
  operations,
  type RecordSchema,
  records,
} from '../../../src/model/schema.ts';
import { allEnums, constant, isZero } from '../shared.ts';
import { followed } from './changes.ts';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, Scalar } from './file.ts';

/** Must be zero, so there is nothing to say in it; packed requests carry it. */
const isReserved = (field: FieldSchema): boolean => isZero(field) || field.name === 'reserved';
const kindOf = (name: string | undefined): string | undefined => allEnums.find((item) => item.name === name)?.kind;
const isFlags = (field: FieldSchema): boolean => kindOf(field.of) === 'flags';
const scalars: Readonly<Record<FieldSchema['type'], Scalar>> = {
  u128: 'bytes',
  u64: 'fixed64',
  u32: 'uint32',
  u16: 'uint32',
  u8: 'uint32',
};

/** A field's number is its place in the record, so that a reserved one can become a field. */
function recordMessage(record: RecordSchema): ProtoMessage {
  const fields = record.fields.flatMap((field, index): ProtoField[] => {
    if (isReserved(field)) return [];
    const type = field.of === undefined || isFlags(field) ? scalars[field.type] : field.of;
    const unless = field.requiredUnless === undefined ? '' : ` Must be there, except in a void.`;
    const about = `${field.about}${unless}${field.preset === undefined ? '' : ` Absent: ${field.preset}.`}`;
    const optional = field.preset !== undefined || field.requiredUnless !== undefined;
    const own = { name: field.name, number: index + 1, type, about };
    return [optional ? { ...own, optional: true as const } : own];
  });
  const texts = fields
    .filter(({ type }) => type === 'bytes')
    .map(({ name, number }) => ({ name: `${name}_text`, number: number + TEXT_FIELDS, type: 'string' }));
  const reserved = record.fields.flatMap((field, index) => (isReserved(field) ? [index + 1] : []));
  return { name: record.name, about: record.about, fields: [...fields, ...texts], reserved };
}

/** Values as the enum has them; statuses have no zero, so that an absent one never reads as one. */
function protoEnum({ name, about, kind, members }: (typeof allEnums)[number]): ProtoEnum {
  const prefix = constant(name);
  const value = (member: string): string => `${prefix}_${member.toUpperCase()}`;
  const zero =
    kind === 'status' ? [{ name: `${prefix}_UNSPECIFIED`, number: 0, about: 'Never sent by the ledger.' }] : [];
  const hint = kind === 'status' ? ' An enum is signed here: `created`, 0xffffffff everywhere else, is -1.' : '';
  return {
    name,
    about: `${about}${hint}`,
    values: [
      ...zero,
      ...members.map((member) => ({ name: value(member.name), number: member.value | 0, about: member.about })),
    ],
  };
}

const pascalCase = (name: string): string =>
  name.replace(/(^|_)([a-z])/g, (_, _separator, letter: string) => letter.toUpperCase());

/** What the lists of requests and replies are called, by the record in them. */
const plural: Readonly<Record<string, string>> = {
  id: 'ids',
  Account: 'accounts',
  Transfer: 'transfers',
  AccountBalance: 'balances',
  AccountFilter: 'filter',
  QueryFilter: 'filter',
  ChangeEventsFilter: 'filter',
  ChangeEvent: 'events',
  CreateAccountResult: 'results',
  CreateTransferResult: 'results',
  TransferFilter: 'filter',
  TransferSumFilter: 'filter',
  TransferSum: 'sums',
  PendingLookup: 'pendings',
  PendingTransfer: 'pendings',
  AccountLookup: 'accounts',
  SnapshotRequest: 'snapshot',
  Snapshot: 'snapshots',
};

/** As src/wire/grpc-records.ts has it. */
const TEXT_FIELDS = 100;
const idTexts: ProtoField = {
  name: 'ids_text',
  number: 4,
  type: 'string',
  repeated: true,
  about: 'In place of `ids`.',
};

const asked = operations.filter(({ event }) => event !== '');
const pad = (size: number, name: string): string => (name === 'id' ? '16 bytes each' : `${size} bytes each`);
const sizeOf = (name: string): number => records.find((record) => record.name === name)?.size ?? 16;

function operationMessages(operation: OperationSchema): ProtoMessage[] {
  const { name, event, reply, eventsMax, repliesMax } = operation;
  const list = eventsMax > 1 ? { repeated: true as const } : {};
  const article = eventsMax > 1 ? `At most ${eventsMax}` : 'One';
  return [
    {
      name: `${pascalCase(name)}Request`,
      about: `${article}, as messages or packed, never both; the reply comes in the same form.`,
      fields: [
        { name: plural[event]!, number: 1, type: event === 'id' ? 'bytes' : event, ...list },
        {
          name: 'packed',
          number: 2,
          type: 'bytes',
          about: `As they lie in memory, ${pad(sizeOf(event), event)}: docs/reference/records.md.`,
        },
        { name: 'text', number: 3, type: 'bool', about: 'Wide numbers of the reply as text.' },
        ...(event === 'id' ? [idTexts] : []),
      ],
    },
    {
      name: `${pascalCase(name)}Reply`,
      about: `At most ${repliesMax}.`,
      fields: [
        { name: plural[reply]!, number: 1, type: reply, repeated: true },
        { name: 'packed', number: 2, type: 'bytes', about: `${pad(sizeOf(reply), reply)}.` },
      ],
    },
  ];
}

/** In a stream, an operation's field has the operation's number. */
const operationFields = (suffix: 'Request' | 'Reply', oneof: string): ProtoField[] =>
  asked.map(({ name, number }) => ({ name, number, type: `${pascalCase(name)}${suffix}`, oneof }));

const streamed: readonly ProtoMessage[] = [
  {
    name: 'Request',
    about: 'One request of a stream.',
    fields: [
      {
        name: 'id',
        number: 1,
        type: 'uint64',
        about:
          'An id of your choice; the reply has the same. It must differ from those of unanswered requests of the stream.',
      },
      {
        name: 'lane',
        number: 2,
        type: 'Lane',
        about: "The lane that the request asks for; unspecified: the stream's own.",
      },
      {
        name: 'traceparent',
        number: 3,
        type: 'string',
        about: "The caller's span, as W3C writes it; without one that of the stream's metadata counts.",
      },
      {
        name: 'timeout_ms',
        number: 4,
        type: 'uint32',
        about:
          'For how long you wait for this reply: a query that is not done by then is given up. 0: as long as the stream.',
      },
      {
        name: 'session',
        number: 5,
        type: 'string',
        about:
          'With `request`, names a request that creates: sent again with both and the same events, on any stream, it gets its first reply. Text that nobody else has: docs/concepts/answers.md.',
      },
      { name: 'request', number: 6, type: 'uint32', about: 'A new number for each request of the session.' },
      {
        name: 'answered',
        number: 7,
        type: 'uint32',
        about: "Replies to the session's requests before that number are not needed any more.",
      },
      {
        name: 'again',
        number: 8,
        type: 'bool',
        about:
          'You have sent it before, and say so in `since`: if its reply is not kept any more, it is refused with `session_expired`, and not done again.',
      },
      {
        name: 'since',
        number: 9,
        type: 'uint64',
        about: 'With `again`: the newest `op` that you had heard of when you sent it first.',
      },
      {
        name: 'stale',
        number: 10,
        type: 'bool',
        about:
          'In a cluster: the node that you ask may answer a read from what it has, one that follows included; `op` and `age_ms` of the reply say how old that is.',
      },
      ...operationFields('Request', 'operation'),
    ],
  },
  {
    name: 'Reply',
    about: 'The answer to one request of a stream; not always in the order of the requests.',
    fields: [
      { name: 'id', number: 1, type: 'uint64' },
      {
        name: 'op',
        number: 3,
        type: 'uint64',
        about: 'The last batch of the ledger that the server has vouched for: docs/guides/pins.md.',
      },
      {
        name: 'age_ms',
        number: 4,
        type: 'uint32',
        about:
          'Of a stale read: milliseconds since the node was last known to have everything that the cluster had stored.',
      },
      { name: 'error', number: 2, type: 'Error', oneof: 'result' },
      ...operationFields('Reply', 'result'),
    ],
  },
  {
    name: 'Error',
    about:
      'The request failed. A refused event is not an error but a status in a reply. In a unary call the error is a detail of the status.',
    fields: [
      { name: 'code', number: 1, type: 'string', about: 'A stable code: docs/reference/errors.md.' },
      { name: 'message', number: 2, type: 'string', about: 'For people.' },
      { name: 'retriable', number: 3, type: 'bool', about: 'Whether the same request may succeed later, unchanged.' },
      { name: 'next', number: 4, type: 'string', about: 'What to do next.' },
      {
        name: 'outcome_unknown',
        number: 5,
        type: 'bool',
        about:
          'The events may have been done or not: send them again with the same ids. An event that was done before answers `exists`, a linked chain `exists, linked_event_failed, …`. Otherwise nothing was done.',
      },
      { name: 'retry_after_ms', number: 6, type: 'uint32', about: 'When to try again, in milliseconds; 0: at once.' },
      { name: 'status', number: 7, type: 'uint32', about: "gRPC's code for the same thing." },
    ],
  },
];

const lane: ProtoEnum = {
  name: 'Lane',
  about: 'The urgency of a request. The server decides by its own rules, and large requests are never urgent.',
  values: [
    { name: 'LANE_UNSPECIFIED', number: 0 },
    { name: 'LANE_NORMAL', number: 1 },
    { name: 'LANE_HIGH', number: 2 },
    { name: 'LANE_CRITICAL', number: 3 },
  ],
};

export const ledger: ProtoFile = {
  path: 'tallystick.proto',
  package: 'tallystick.v1',
  enums: [...allEnums.filter(({ name }) => name !== 'Operation').map(protoEnum), lane],
  messages: [...streamed, ...followed, ...asked.flatMap(operationMessages), ...records.map(recordMessage)],
  service: {
    name: 'Ledger',
    about: 'Every reply is durable.',
    methods: [
      {
        name: 'Submit',
        about:
          'All operations on one stream. The server reads while fewer than 256 requests are unanswered; others wait in the network.',
        request: 'Request',
        reply: 'Reply',
        streams: 'both',
      },
      {
        name: 'FollowChanges',
        about:
          'Everything that changed balances, oldest first, from any time on, and goes on until you cancel it. The server sends as fast as you read.',
        request: 'FollowChangesRequest',
        reply: 'FollowChangesReply',
        streams: 'reply',
      },
      ...asked.map(({ name, about }) => ({
        name: pascalCase(name),
        about,
        request: `${pascalCase(name)}Request`,
        reply: `${pascalCase(name)}Reply`,
      })),
    ],
  },
};

export const ledgerAbout = `Printed by scripts/generate.ts from src/model/schema.ts: change that, then \`npm run generate\`.

A u128 is \`bytes\`: little-endian, at most 16 of them; what is missing is zero. The ledger sends 16, or none for zero.
For people each has a twin, \`id_text\` for \`id\`: decimal text; requests may also give 0x text or a UUID. Give one of
the two. A request with such text, or with \`text\`, gets its reply with texts in place of bytes.
A u64 is \`fixed64\`, everything narrower \`uint32\`. Flags are \`uint32\`, members of the enum of that name added up.`;

/** The .proto file of a service whose messages are data: its methods, and all of them on one stream. */
import type { ServiceField, ServiceMessage, ServiceMethod } from '../../../src/model/index.ts';
import type { ProtoField, ProtoFile, ProtoMessage } from './file.ts';

/** The message `Error` of the ledger: services tell what went wrong in the same words. */
const ERROR: ProtoMessage = {
  name: 'Error',
  about: 'The request was not done, or nobody knows; a refusal is a Receipt.',
  fields: [
    { name: 'code', number: 1, type: 'string', about: 'A stable code: docs/reference/errors.md.' },
    { name: 'message', number: 2, type: 'string', about: 'For people.' },
    { name: 'retriable', number: 3, type: 'bool', about: 'Whether the same request may succeed later, unchanged.' },
    { name: 'next', number: 4, type: 'string', about: 'What to do next.' },
    { name: 'outcome_unknown', number: 5, type: 'bool', about: 'It may have been done: ask again under the same key.' },
    { name: 'retry_after_ms', number: 6, type: 'uint32', about: 'When to try again, in milliseconds; 0: at once.' },
    { name: 'status', number: 7, type: 'uint32', about: "gRPC's code for the same thing." },
  ],
};

interface Described {
  readonly path: string;
  readonly name: string;
  readonly about: string;
  readonly methods: readonly ServiceMethod[];
}

export function serviceProto({ path, name, about, methods }: Described): ProtoFile {
  const at = name.lastIndexOf('.');
  const messages = new Map<string, ProtoMessage>();
  for (const { request, reply } of methods) {
    add(messages, request);
    add(messages, reply);
  }
  const one = (pick: (method: ServiceMethod) => ServiceMessage): ProtoField[] =>
    methods.map((method) => ({
      name: snake(method.name),
      number: method.number,
      type: pick(method).name,
      oneof: 'of',
    }));
  const id = { name: 'id', number: 1, type: 'uint64' };
  const error = { name: 'error', number: 2, type: 'Error', oneof: 'of' };
  return {
    path,
    package: name.slice(0, at),
    enums: [],
    messages: [
      { name: 'Request', about: 'Of a stream.', fields: [id, ...one(({ request }) => request)] },
      { name: 'Reply', about: 'With the id of its request.', fields: [id, error, ...one(({ reply }) => reply)] },
      ERROR,
      ...messages.values(),
    ],
    service: {
      name: name.slice(at + 1),
      about,
      methods: [
        {
          name: 'Submit',
          about:
            'All methods on one stream; answers come as they are known. The server reads while fewer than 256 ' +
            'requests are unanswered; others wait in the network.',
          request: 'Request',
          reply: 'Reply',
          streams: 'both',
        },
        ...methods.map(({ name, about, request, reply }) => ({
          name,
          about,
          request: request.name,
          reply: reply.name,
        })),
      ],
    },
  };
}

function add(messages: Map<string, ProtoMessage>, { name, about, fields }: ServiceMessage): void {
  if (messages.has(name)) return;
  messages.set(name, { name, ...(about === undefined ? {} : { about }), fields: fields.map(fieldOf) });
  for (const { type } of fields) if (typeof type === 'object') add(messages, type);
}

function fieldOf({ name, number, type, repeated, about }: ServiceField): ProtoField {
  return {
    name,
    number,
    type: typeof type === 'object' ? type.name : type,
    ...(repeated === undefined ? {} : { repeated }),
    ...(about === undefined ? {} : { about }),
  };
}

const snake = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();

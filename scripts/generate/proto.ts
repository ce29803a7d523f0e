/**
 * Prints what the gRPC door needs: the .proto file, the tables of its codec, and the descriptors that reflection hands
 * out.
 */
import { PAYMENTS_SERVICE, paymentMethods } from '../../packages/services/src/grpc/methods.ts';
import { operations, type RecordSchema, records } from '../../src/model/schema.ts';
import { fileDescriptor } from './proto/descriptor.ts';
import type { ProtoFile } from './proto/file.ts';
import { ledger, ledgerAbout } from './proto/ledger.ts';
import { serviceProto } from './proto/service.ts';
import { health, reflection } from './proto/standard.ts';
import { printProto } from './proto/text.ts';
import { allEnums, header, laidOut } from './shared.ts';

export function printLedgerProto(): string {
  return printProto(ledger, ledgerAbout);
}

/** Which field of which message lies where in the record. */
export function printProtoTables(): string {
  const tables = records.map((record) => {
    const message = ledger.messages.find(({ name }) => name === record.name)!;
    const signed = new Set(message.fields.filter(({ type }) => /Status$/.test(type)).map((field) => field.number));
    const fields = laidOut(record).flatMap(({ field, offset }, index) => {
      const number = index + 1;
      if (!message.fields.some((item) => item.number === number)) return [];
      const preset = field.preset === undefined ? '' : `, preset: ${field.preset}`;
      const sign = signed.has(number) ? ', signed: true' : '';
      const unless = field.requiredUnless === undefined ? '' : `, unless: ${unlessOf(record, field.requiredUnless)}`;
      return [
        `    { number: ${number}, name: '${field.name}', type: '${field.type}', offset: ${offset}${preset}${sign}${unless} },`,
      ];
    });
    return `/** ${record.about} */\nexport const ${variable(record)}: ProtoRecord = {\n  name: '${record.name}',\n  size: ${record.size},\n  fields: [\n${fields.join('\n')}\n  ],\n};\n`;
  });
  const used = operations.filter(({ event }) => event !== '');
  const shapes = used.map(({ name, event, reply }) => {
    const list = ledger.messages.find((message) => message.name === `${pascal(name)}Request`)!.fields[0]!.name;
    const from = event === 'id' ? 'undefined' : recordVariable(event);
    return `  [Operation.${name}]: { method: '${pascal(name)}', list: '${list}', event: ${from}, reply: ${recordVariable(reply)} },`;
  });
  return `${header}import { Operation } from '../../model/index.ts';

export interface ProtoRecordField {
  readonly number: number;
  readonly name: string;
  readonly type: 'u128' | 'u64' | 'u32' | 'u16' | 'u8';
  /** Byte offset in the record. */
  readonly offset: number;
  /** The value of an absent field, if not zero. */
  readonly preset?: number;
  /** An enum with negative members. */
  readonly signed?: true;
  /** Must be there unless the record has this flag; it is sent also when it is zero. */
  readonly unless?: { readonly flagsAt: number; readonly flag: number };
}

export interface ProtoRecord {
  readonly name: string;
  /** Bytes of the record in memory. */
  readonly size: number;
  /** In the order of their numbers. */
  readonly fields: readonly ProtoRecordField[];
}

${tables.join('\n')}
export interface ProtoOperation {
  /** The service's method. */
  readonly method: string;
  /** Name of the request's first field. */
  readonly list: string;
  /** undefined: bare ids. */
  readonly event: ProtoRecord | undefined;
  readonly reply: ProtoRecord;
}

/** Every operation that can be asked for. */
export const protoOperations: { readonly [operation: number]: ProtoOperation } = {
${shapes.join('\n')}
};
`;
}

function unlessOf(record: RecordSchema, flag: string): string {
  const { field, offset } = laidOut(record).find(({ field }) => field.name === 'flags')!;
  const { members } = allEnums.find(({ name }) => name === field.of)!;
  return `{ flagsAt: ${offset}, flag: ${members.find(({ name }) => name === flag)!.value} }`;
}

export function printProtoDescriptors(): string {
  const files: readonly ProtoFile[] = [ledger, health, reflection('v1'), reflection('v1alpha')];
  const entries = files.map((file) => `  ${described(file)},`);
  return `${header}/** A .proto file as reflection tells of it. */
export interface DescribedFile {
  readonly path: string;
  readonly service: string;
  /** Full names of everything that it defines. */
  readonly symbols: readonly string[];
  /** \`google.protobuf.FileDescriptorProto\`, base64. */
  readonly descriptor: string;
}

export const describedFiles: readonly DescribedFile[] = [
${entries.join('\n')}
];
`;
}

function described(file: ProtoFile): string {
  const { path, package: name, service, messages, enums } = file;
  const symbols = [service.name, ...service.methods.map((method) => `${service.name}.${method.name}`)]
    .concat(
      messages.map((message) => message.name),
      messages.flatMap((message) => (message.enums ?? []).map((item) => `${message.name}.${item.name}`)),
      enums.map((item) => item.name),
    )
    .map((symbol) => `'${name}.${symbol}'`);
  return `{
    path: '${path}',
    service: '${name}.${service.name}',
    symbols: [${symbols.join(', ')}],
    descriptor: '${Buffer.from(fileDescriptor(file)).toString('base64')}',
  }`;
}

const payments: ProtoFile = serviceProto({
  path: 'payments.proto',
  name: PAYMENTS_SERVICE,
  about: 'Payments, whose every answer is one chain of the ledger.',
  methods: paymentMethods,
});

const FROM_METHODS =
  'Printed by scripts/generate.ts from packages/services/src/grpc: change that, then `npm run generate`.';

export function printPaymentsProto(): string {
  return printProto(payments, FROM_METHODS);
}

export function printPaymentsDescriptor(): string {
  return `// ${FROM_METHODS}

import type { GrpcService } from 'tallystick/internal/model';

/** packages/services/proto/payments.proto as reflection tells of it. */
export const described: GrpcService['described'] = ${described(payments)};
`;
}

const pascal = (name: string): string =>
  name.replace(/(^|_)([a-z])/g, (_, _separator, letter: string) => letter.toUpperCase());
const recordVariable = (name: string): string => `${name[0]!.toLowerCase()}${name.slice(1)}Message`;
const variable = (record: RecordSchema): string => recordVariable(record.name);

/**
 * A .proto file as the `FileDescriptorProto` that a compiler would make of it, without its comments. Field numbers are
 * those of descriptor.proto.
 */
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoMethod } from './file.ts';

const LABEL = { optional: 1, repeated: 3 } as const;
const TYPE: Readonly<Record<string, number>> = {
  uint64: 4,
  int32: 5,
  fixed64: 6,
  bool: 8,
  string: 9,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
};

export function fileDescriptor(file: ProtoFile): Uint8Array {
  const enums = new Set([
    ...file.enums.map(({ name }) => name),
    ...file.messages.flatMap(({ name, enums = [] }) => enums.map((item) => `${name}.${item.name}`)),
  ]);
  const typed: Typed = { of: (name) => `.${file.package}.${name}`, isEnum: (name) => enums.has(name) };
  return message(
    text(1, file.path),
    text(2, file.package),
    ...file.messages.map((item) => bytes(4, messageDescriptor(item, typed))),
    ...file.enums.map((item) => bytes(5, enumDescriptor(item))),
    bytes(
      6,
      message(
        text(1, file.service.name),
        ...file.service.methods.map((method) => bytes(2, methodDescriptor(method, typed))),
      ),
    ),
    text(12, 'proto3'),
  );
}

interface Typed {
  readonly of: (name: string) => string;
  readonly isEnum: (name: string) => boolean;
}

/** An optional field is alone in a oneof of its own, and those come last. */
function messageDescriptor({ name, fields, reserved = [], enums = [] }: ProtoMessage, typed: Typed): Uint8Array {
  const oneofs = [
    ...new Set(fields.flatMap(({ oneof }) => oneof ?? [])),
    ...fields.filter(({ optional }) => optional === true).map((field) => `_${field.name}`),
  ];
  return message(
    text(1, name),
    ...fields.map((field) => bytes(2, fieldDescriptor(field, oneofs, typed))),
    ...enums.map((item) => bytes(4, enumDescriptor(item))),
    ...oneofs.map((oneof) => bytes(8, message(text(1, oneof)))),
    ...reserved.map((number) => bytes(9, message(int(1, number), int(2, number + 1)))),
  );
}

function fieldDescriptor(field: ProtoField, oneofs: readonly string[], typed: Typed): Uint8Array {
  const { name, number, type, repeated, optional, oneof } = field;
  const scalar = TYPE[type];
  const index = oneofs.indexOf(optional === true ? `_${name}` : (oneof ?? ''));
  return message(
    text(1, name),
    int(3, number),
    int(4, repeated === true ? LABEL.repeated : LABEL.optional),
    int(5, scalar ?? TYPE[typed.isEnum(type) ? 'enum' : 'message']!),
    ...(scalar === undefined ? [text(6, typed.of(type))] : []),
    ...(index === -1 ? [] : [int(9, index)]),
    text(10, camelCase(name)),
    ...(optional === true ? [int(17, 1)] : []),
  );
}

function enumDescriptor({ name, values }: ProtoEnum): Uint8Array {
  return message(text(1, name), ...values.map((value) => bytes(2, message(text(1, value.name), int(2, value.number)))));
}

function methodDescriptor({ name, request, reply, streams }: ProtoMethod, typed: Typed): Uint8Array {
  return message(
    text(1, name),
    text(2, typed.of(request)),
    text(3, typed.of(reply)),
    ...(streams === 'both' ? [int(5, 1)] : []),
    ...(streams === undefined ? [] : [int(6, 1)]),
  );
}

const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const message = (...fields: readonly Uint8Array[]): Uint8Array => Buffer.concat(fields);
const text = (number: number, value: string): Uint8Array => bytes(number, Buffer.from(value));

function int(number: number, value: number): Uint8Array {
  return Buffer.from([...varint(BigInt(number << 3)), ...varint(BigInt.asUintN(64, BigInt(value)))]);
}

function bytes(number: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([...varint(BigInt((number << 3) | 2)), ...varint(BigInt(value.length))]), value]);
}

function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

/**
 * Messages of services, whose fields are data: plain objects out of bytes, and bytes out of plain objects. Strict, as
 * the door of HTTP is: a field that is unknown here, or there twice, is refused, because it may have been about money.
 */
import type { ServiceField, ServiceMessage } from 'tallystick/internal/model';
import { FieldReader, type FieldWriter, malformed, WireType } from 'tallystick/internal/wire';

type Members = Record<string, unknown>;

const fieldsOf = new WeakMap<ServiceMessage, ReadonlyMap<number, ServiceField>>();

function numbered(message: ServiceMessage): ReadonlyMap<number, ServiceField> {
  let fields = fieldsOf.get(message);
  if (fields === undefined) {
    fields = new Map(message.fields.map((field) => [field.number, field]));
    fieldsOf.set(message, fields);
  }
  return fields;
}

/** Throws `frame_invalid` with the name of the field. */
export function readMessage(message: ServiceMessage, bytes: Uint8Array, start: number, end: number): object {
  const fields = numbered(message);
  const reader = new FieldReader(bytes, start, end);
  const members: Members = {};
  while (reader.next()) {
    const field = fields.get(reader.field);
    if (field === undefined) throw malformed(`field ${reader.field} is no field of ${message.name}`);
    const { name } = field;
    const value = readValue(message, field, reader, bytes);
    if (field.repeated === true) {
      const list = (members[name] ?? []) as unknown[];
      list.push(value);
      members[name] = list;
    } else if (members[name] === undefined) members[name] = value;
    else throw malformed(`${message.name}.${name} is there twice`);
  }
  return members;
}

function readValue(message: ServiceMessage, { name, type }: ServiceField, reader: FieldReader, bytes: Uint8Array) {
  const wanted = type === 'bool' || type === 'uint32' ? WireType.varint : WireType.bytes;
  if (reader.wireType !== wanted) throw malformed(`${message.name}.${name} has another type`);
  if (type === 'bool') return reader.low !== 0 || reader.high !== 0;
  if (type === 'uint32') {
    if (reader.high !== 0) throw malformed(`${message.name}.${name} has more than 32 bits`);
    return reader.low;
  }
  if (type !== 'string') return readMessage(type, bytes, reader.start, reader.end);
  const text = reader.text();
  if (text.includes('\ufffd')) throw malformed(`${message.name}.${name} is not UTF-8`);
  return text;
}

/** What a value has and the message does not is left out. */
export function writeMessage(writer: FieldWriter, { fields }: ServiceMessage, value: object): void {
  const members = value as Members;
  for (const field of fields) {
    const member = members[field.name];
    if (member === undefined) continue;
    if (field.repeated !== true) writeValue(writer, field, member);
    else for (const each of member as readonly unknown[]) writeValue(writer, field, each);
  }
}

function writeValue(writer: FieldWriter, { number, type }: ServiceField, value: unknown): void {
  if (type === 'string') writer.text(number, String(value));
  else if (type === 'bool' || type === 'uint32') writer.number(number, value as number | boolean);
  else writer.message(number, (inner) => writeMessage(inner, type, value as object));
}

/** Prints a .proto file as text. */
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoMethod } from './file.ts';

const WIDTH = 100;

export function printProto(file: ProtoFile, about: string): string {
  const { enums, messages, service } = file;
  const methods = service.methods.map((method) => `${comment(method.about, '  ')}${methodText(method)}`);
  const text = [
    `${comment(about)}syntax = "proto3";\n\npackage ${file.package};`,
    `${comment(service.about)}service ${service.name} {\n${methods.join('\n')}\n}`,
    ...messages.map(messageText),
    ...enums.map((item) => enumText(item, '')),
  ];
  return `${text.join('\n\n')}\n`;
}

function methodText({ name, request, reply, streams }: ProtoMethod): string {
  const sent = streams === 'both' ? `stream ${request}` : request;
  return `  rpc ${name}(${sent}) returns (${streams === undefined ? reply : `stream ${reply}`});`;
}

function messageText({ name, about, fields, reserved = [], enums = [] }: ProtoMessage): string {
  const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
  const lines = [
    ...enums.map((item) => enumText(item, '  ')),
    ...(reserved.length === 0 ? [] : [`  reserved ${reserved.join(', ')};`]),
    ...fields.filter(({ oneof }) => oneof === undefined).map((field) => fieldText(field, '  ')),
    ...oneofs.map((oneof) => {
      const members = fields.filter((field) => field.oneof === oneof).map((field) => fieldText(field, '    '));
      return `  oneof ${oneof} {\n${members.join('\n')}\n  }`;
    }),
  ];
  return `${comment(about)}message ${name} {\n${lines.join('\n')}\n}`;
}

function fieldText({ name, number, type, about, repeated, optional }: ProtoField, indent: string): string {
  const label = repeated === true ? 'repeated ' : optional === true ? 'optional ' : '';
  return `${comment(about, indent)}${indent}${label}${type} ${name} = ${number};`;
}

function enumText({ name, about, values }: ProtoEnum, indent: string): string {
  const lines = values.map(
    (value) => `${comment(value.about, `${indent}  `)}${indent}  ${value.name} = ${value.number};`,
  );
  return `${comment(about, indent)}${indent}enum ${name} {\n${lines.join('\n')}\n${indent}}`;
}

function comment(about: string | undefined, indent = ''): string {
  if (about === undefined) return '';
  const lines = about.split('\n').flatMap((line) => wrapped(line, WIDTH - indent.length - 3));
  return lines.map((line) => `${indent}//${line === '' ? '' : ` ${line}`}\n`).join('');
}

function wrapped(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const cut = rest.lastIndexOf(' ', width);
    if (cut <= 0) break;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(cut + 1);
  }
  return [...lines, rest];
}

/**
 * The standard service grpc.reflection.v1.ServerReflection: tools such as grpcurl ask it what can be called, and how.
 */
import type { TallystickError } from 'tallystick/internal/model';
import { FieldReader, type FieldWriter, GrpcStatus, WireType } from 'tallystick/internal/wire';
import type { GrpcCall } from './call.ts';
import type { OpenCall } from './door.ts';
import type { DescribedFile } from './gen/descriptors.ts';
import { Incoming, type Receiver } from './incoming.ts';
import { Outgoing } from './outgoing.ts';

const REQUEST_SIZE_MAX = 1024;
/** Answers that may stand unread. */
const ANSWERS_MAX = 16;
/** Field numbers of `ServerReflectionRequest`. */
const Asked = { host: 1, fileByName: 3, fileOfSymbol: 4, fileOfExtension: 5, extensionsOf: 6, services: 7 } as const;
/** Field numbers of `ServerReflectionResponse`. */
const Answer = { host: 1, request: 2, file: 4, services: 6, error: 7 } as const;

export class ReflectionCall implements Receiver, OpenCall {
  readonly #call: GrpcCall;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #messageMs: number;
  readonly #files: readonly DescribedFile[];
  #standing = 0;
  #asked = false;

  constructor(call: GrpcCall, messageMs: number, files: readonly DescribedFile[]) {
    this.#call = call;
    this.#files = files;
    this.#messageMs = messageMs;
    this.#outgoing = new Outgoing(call, (answers) => {
      this.#standing -= answers;
      if (this.#standing === 0 && this.#asked) call.finish();
      else this.#incoming.pump();
    });
    this.#incoming = new Incoming(call.stream, this, REQUEST_SIZE_MAX);
  }

  admits(): boolean {
    return this.#standing < ANSWERS_MAX;
  }

  message(bytes: Uint8Array): void {
    this.#standing++;
    let host = '';
    let answer: (writer: FieldWriter) => void = notFound('nothing was asked');
    const reader = new FieldReader(bytes, 0, bytes.length);
    while (reader.next()) {
      if (reader.wireType !== WireType.bytes) continue;
      const text = reader.text();
      if (reader.field === Asked.host) host = text;
      else if (reader.field === Asked.fileByName) answer = this.#file(text, ({ path }) => path === text);
      else if (reader.field === Asked.fileOfSymbol) answer = this.#file(text, ({ symbols }) => symbols.includes(text));
      else if (reader.field === Asked.services) answer = (writer) => services(writer, this.#files);
      else if (reader.field === Asked.fileOfExtension || reader.field === Asked.extensionsOf) {
        answer = notFound('there are no extensions');
      }
    }
    this.#outgoing.add(0, (writer) => {
      writer.text(Answer.host, host);
      writer.message(Answer.request, (request) => {
        request.room(bytes.length);
        request.copy(bytes, 0, bytes.length);
      });
      answer(writer);
    });
  }

  #file(name: string, wanted: (file: DescribedFile) => boolean): (writer: FieldWriter) => void {
    const found = this.#files.find(wanted);
    return found === undefined ? notFound(`there is no ${name}`) : file(found);
  }

  end(): void {
    this.#asked = true;
    if (this.#standing === 0) this.#call.finish();
  }

  failed(error: TallystickError): void {
    this.#call.fail(error);
  }

  drain(reason?: TallystickError): void {
    if (reason !== undefined) this.#call.fail(reason);
    else this.#call.refuse(GrpcStatus.unavailable, 'the server is going down');
  }

  sweep(now: number): void {
    this.#incoming.sweep(now, this.#messageMs);
  }
}

function file(found: DescribedFile): (writer: FieldWriter) => void {
  const descriptor = Buffer.from(found.descriptor, 'base64');
  return (writer) =>
    writer.message(Answer.file, (inner) => {
      inner.room(descriptor.length + 8);
      inner.tag(1, WireType.bytes);
      inner.varint(descriptor.length);
      inner.copy(descriptor, 0, descriptor.length);
    });
}

function services(writer: FieldWriter, files: readonly DescribedFile[]): void {
  writer.message(Answer.services, (list) => {
    for (const { service } of files) list.message(1, (entry) => entry.text(1, service));
  });
}

function notFound(message: string): (writer: FieldWriter) => void {
  return (writer) =>
    writer.message(Answer.error, (error) => {
      error.number(1, GrpcStatus.not_found);
      error.text(2, message);
    });
}

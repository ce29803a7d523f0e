/**
 * Services that stand on a ledger, as doors see them: what a door hands over of a request, and what it is told. A door
 * has checked who asks, and read the request strictly; a service knows nothing of connections.
 */
import type { Ledger } from './ledger.ts';

/** Who asks, by a name that was proved. */
export interface ServiceCaller {
  readonly subject: string;
}

/** What doors hand over of a caller. */
export interface Asker<Caller extends ServiceCaller = ServiceCaller> {
  /** The ledger as far as the caller's realm reaches. */
  readonly ledger: Ledger;
  /** Whose books: a number of 20 bits. Undefined: the caller reaches neither every ledger nor those of one tenant. */
  readonly tenant: number | undefined;
  /** What a service writes down for later it does with rights of its own, so it must know first. */
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  /** Whether the caller may run the services of others: it has the role `admin`, and every ledger. */
  readonly mayAdmin: boolean;
  /** Undefined at a door that asks for nothing. */
  readonly caller: Caller | undefined;
}

/** What a caller asks of a service over HTTP. */
export interface ServiceRequest<Caller extends ServiceCaller = ServiceCaller> extends Asker<Caller> {
  readonly method: string;
  readonly path: string;
  readonly query: ServiceQuery;
  /** `Idempotency-Key`, as it came. */
  readonly key: unknown;
  /** Parsed JSON of a POST; undefined: there is none. */
  readonly body: unknown;
}

/** Parameters of a path; a `URLSearchParams` is one. */
export interface ServiceQuery {
  get(name: string): string | null;
  getAll(name: string): string[];
  keys(): Iterable<string>;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly body: object;
  readonly type?: string;
  readonly headers?: { readonly [name: string]: string };
}

/** A service with paths of its own. */
export interface HttpService<Caller extends ServiceCaller = ServiceCaller> {
  /** Whether a path is one of its own. */
  owns(path: string): boolean;
  /** Rejects as the ledger does; the door makes a problem of it. */
  answer(request: ServiceRequest<Caller>): Promise<ServiceAnswer>;
}

/** A field of a message of protocol buffers. Its value in a message: text, truth, a whole number, or an object. */
export interface ServiceField {
  readonly name: string;
  /** Never changes, never reused. */
  readonly number: number;
  readonly type: 'string' | 'bool' | 'uint32' | ServiceMessage;
  readonly repeated?: true;
  /** A sentence. */
  readonly about?: string;
}

/** A message of protocol buffers, as data: the codec is made from it, and the .proto file is printed from it. */
export interface ServiceMessage {
  readonly name: string;
  readonly about?: string;
  readonly fields: readonly ServiceField[];
}

/** A method of a gRPC service; in a stream it is a field of that number in the request, and in its reply. */
export interface ServiceMethod {
  readonly name: string;
  readonly number: number;
  readonly about: string;
  readonly request: ServiceMessage;
  readonly reply: ServiceMessage;
}

/** A service with methods of its own at the gRPC door, each of which is also a request of the stream `Submit`. */
export interface GrpcService {
  /** With its package: `tallystick.payments.v1.Payments`. */
  readonly name: string;
  readonly methods: readonly ServiceMethod[];
  /** For reflection: the path of its .proto file, the names that it defines, and its descriptor. */
  readonly described: {
    readonly path: string;
    readonly service: string;
    readonly symbols: readonly string[];
    /** `google.protobuf.FileDescriptorProto`, base64. */
    readonly descriptor: string;
  };
  /** Rejects as the ledger does. */
  answer(method: ServiceMethod, message: object, asker: Asker): Promise<object>;
}

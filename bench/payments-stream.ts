/** Payments over one stream of gRPC, on plain HTTP/2: a client that costs little beside the server it measures. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { FieldReader, GrpcFrameReader, GrpcFrameWriter, WireType } from '../src/wire/index.ts';

const ID = 1;
const PAY = 10;
const STATUS = 2;

/** A payment as the message `PayRequest` has it. */
export interface StreamedPayment {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly asset: string;
  readonly amount: string;
  readonly fee: string;
}

export class PaymentsStream {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #frames = new GrpcFrameWriter();
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #next = 1;
  #isScheduled = false;

  /** `url`: of the gRPC door, without TLS. */
  constructor(url: string) {
    this.#session = connect(`http://${new URL(url).host}`, { settings: { initialWindowSize: 2 ** 20 } });
    this.#stream = this.#session.request({
      ':method': 'POST',
      ':path': '/tallystick.payments.v1.Payments/Submit',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const reader = new GrpcFrameReader(2 ** 20);
    this.#stream.on('data', (chunk: Uint8Array) => {
      reader.push(chunk);
      for (let message = reader.next(); message !== undefined; message = reader.next()) this.#heard(message);
    });
    const lost = (): void => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the stream has ended'));
      this.#waiting.clear();
    };
    this.#stream.on('error', lost).on('close', lost);
  }

  /** Resolves when it is done, and durable. */
  pay(payment: StreamedPayment): Promise<void> {
    const id = this.#next++;
    this.#frames.add((writer) => {
      writer.number(ID, id);
      writer.message(PAY, (inner) => {
        const { key, from, to, asset, amount, fee } = payment;
        for (const [index, text] of [key, from, to, asset, amount, fee].entries()) inner.text(index + 1, text);
      });
    });
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#stream.write(this.#frames.take());
      });
    }
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #heard(bytes: Uint8Array): void {
    const reader = new FieldReader(bytes, 0, bytes.length);
    let id = 0;
    let status = 0;
    while (reader.next()) {
      if (reader.field === ID) id = reader.low;
      if (reader.field === PAY && reader.wireType === WireType.bytes) status = statusIn(bytes, reader);
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (status === 201) waiting?.resolve();
    else waiting?.reject(new Error(`a payment was answered with ${status}`));
  }

  close(): Promise<void> {
    this.#stream.end();
    return new Promise((resolve) => this.#session.close(resolve));
  }
}

function statusIn(bytes: Uint8Array, { start, end }: FieldReader): number {
  const reader = new FieldReader(bytes, start, end);
  while (reader.next()) if (reader.field === STATUS) return reader.low;
  return 0;
}

/** Words and questions between nodes, over plain NATS: nothing of them is kept. */
import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { StreamNames } from './names.ts';
import type { Voice } from './voice.ts';

const TIMEOUT_MS = 5000;
const NOTHING = new Uint8Array(0);

export class Words {
  readonly #connection: NatsConnection;
  readonly #names: Pick<StreamNames, 'beats' | 'asks'>;
  readonly #voice: Voice;
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  #unsubscribe: (() => void) | undefined;

  constructor(connection: NatsConnection, names: Pick<StreamNames, 'beats' | 'asks'>, voice: Voice) {
    this.#connection = connection;
    this.#names = names;
    this.#voice = voice;
  }

  /** Tells all nodes that listen now. */
  say(bytes: Uint8Array): void {
    const { beats } = this.#names;
    // While there is no connection it would only be late.
    if (!this.#connection.isClosed()) this.#connection.publish(beats, this.#voice.sign(beats, bytes));
  }

  /** Hears what nodes say, this one included; what is returned ends that. Signed words come once this one was heard. */
  listen(hear: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(hear);
    this.#unsubscribe ??= this.#begin();
    return () => {
      this.#listeners.delete(hear);
      if (this.#listeners.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    };
  }

  #begin(): () => void {
    const { beats } = this.#names;
    const unsubscribe = this.#subscribe(beats, ({ data }) => {
      const said = this.#voice.open(beats, data);
      if (said !== undefined && said.length > 0) for (const hear of this.#listeners) hear(said);
    });
    // The others name in their words whom they have heard.
    if (this.#voice.signs) this.say(NOTHING);
    return unsubscribe;
  }

  /** Asks another node. Rejects when it does not answer in time. */
  async ask(node: number, question: Uint8Array): Promise<Uint8Array> {
    const subject = `${this.#names.asks}.${node}`;
    const reply = createInbox();
    const signed = this.#voice.sign(subject, question, reply);
    const { data } = await this.#connection.request(subject, signed, { timeout: TIMEOUT_MS, noMux: true, reply });
    const answer = this.#voice.openAnswer(signed, data);
    if (answer === undefined) throw new Error(`what came for node ${node} is not signed with the secret of this one`);
    return answer;
  }

  /** Answers what others ask node `node`; what is returned ends that. */
  answer(node: number, answer: (question: Uint8Array) => Uint8Array): () => void {
    const subject = `${this.#names.asks}.${node}`;
    return this.#subscribe(subject, (message) => {
      const question = this.#voice.open(subject, message.data, message.reply);
      if (question !== undefined) message.respond(this.#voice.signAnswer(message.data, answer(question)));
    });
  }

  #subscribe(subject: string, hear: (message: Msg) => void): () => void {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) hear(message);
      },
    });
    return () => subscription.unsubscribe();
  }
}

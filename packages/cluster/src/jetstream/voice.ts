/**
 * What nodes say to one another, each word signed and said once: whoever has recorded a word cannot say it again. A
 * speaker has an id of its own, numbers its words, and names in each the listeners that it has heard. A listener
 * believes a word that names it, so that was made since it began, and whose number is higher than any that it has
 * heard of that speaker. No clock is asked.
 *
 *   seal · 0 speaker · 8 number, u64 · 16 how many listeners, u32 · 20 their ids, 8 bytes each · what is said
 */
import { SEAL_SIZE, Seal } from './seal.ts';

const ID_SIZE = 8;
const NUMBER_AT: number = ID_SIZE;
const COUNT_AT = 16;
const HEAD_SIZE = 20;
/** Speakers that were believed: those that a word names, and those whose numbers are kept. */
const NAMED_MAX = 16;
const BELIEVED_MAX = 64;
/** Speakers that do not name this listener yet. A stranger who says old words again can push out only these. */
const STRANGERS_MAX = 8;

interface Word {
  readonly speaker: string;
  readonly number: bigint;
  readonly listeners: readonly string[];
  readonly said: Uint8Array;
}

export class Voice {
  readonly #seal: Seal;
  readonly #newId: () => Uint8Array;
  #id: string;
  #number = 0n;
  /** By speaker, and by what it was about: the highest number that was believed. Who spoke last is the last. */
  #believed = new Map<string, Map<string, bigint>>();
  readonly #strangers = new Set<string>();

  /** Without a secret nothing is signed, and everything is believed. `newId` makes 8 bytes that nobody has had. */
  constructor(secret: string | undefined, newId: () => Uint8Array = randomId) {
    this.#seal = new Seal(secret);
    this.#newId = newId;
    this.#id = hex(newId());
  }

  get signs(): boolean {
    return this.#seal.signs;
  }

  /** `about`: what a word is for. `reply`: where its answer shall go, and nowhere else. */
  sign(about: string, said: Uint8Array, reply = ''): Uint8Array {
    if (!this.signs) return said;
    const listeners = [...[...this.#believed.keys()].slice(-NAMED_MAX), ...this.#strangers];
    const word = new Uint8Array(HEAD_SIZE + listeners.length * ID_SIZE + said.length);
    const view = new DataView(word.buffer);
    word.set(Buffer.from(this.#id, 'hex'));
    view.setBigUint64(NUMBER_AT, ++this.#number, true);
    view.setUint32(COUNT_AT, listeners.length, true);
    let at = HEAD_SIZE;
    for (const listener of listeners) {
      word.set(Buffer.from(listener, 'hex'), at);
      at += ID_SIZE;
    }
    word.set(said, at);
    return this.#seal.sign(`${about} ${reply}`, word);
  }

  /** What was said; undefined where nobody has said it who knows the secret, or where it is not new. */
  open(about: string, bytes: Uint8Array, reply = ''): Uint8Array | undefined {
    if (!this.signs) return bytes;
    const opened = this.#seal.open(`${about} ${reply}`, bytes);
    const word = opened === undefined ? undefined : wordIn(opened);
    return word !== undefined && this.#believes(about, word) ? word.said : undefined;
  }

  /** An answer to a question that {@link sign} has signed: it fits no other one. */
  signAnswer(question: Uint8Array, answer: Uint8Array): Uint8Array {
    return this.#seal.sign(answerTo(question), answer);
  }

  openAnswer(question: Uint8Array, answer: Uint8Array): Uint8Array | undefined {
    return this.#seal.open(answerTo(question), answer);
  }

  #believes(about: string, { speaker, number, listeners }: Word): boolean {
    if (speaker !== this.#id && !listeners.includes(this.#id)) {
      if (!this.#believed.has(speaker)) this.#meet(speaker);
      return false;
    }
    const numbers = this.#believed.get(speaker) ?? new Map<string, bigint>();
    if (number <= (numbers.get(about) ?? 0n)) return false;
    numbers.set(about, number);
    this.#strangers.delete(speaker);
    this.#believed.delete(speaker);
    this.#believed.set(speaker, numbers);
    if (this.#believed.size > BELIEVED_MAX) this.#beginAnew();
    return true;
  }

  /** Its next words shall name this listener, so this one's next words name it. */
  #meet(speaker: string): void {
    this.#strangers.delete(speaker);
    this.#strangers.add(speaker);
    for (const oldest of this.#strangers) {
      if (this.#strangers.size <= STRANGERS_MAX) return;
      this.#strangers.delete(oldest);
    }
  }

  /** Numbers may be forgotten only together with the id that words of their time name. */
  #beginAnew(): void {
    const last = [...this.#believed.keys()].slice(-STRANGERS_MAX);
    this.#believed = new Map();
    this.#id = hex(this.#newId());
    for (const speaker of last) this.#meet(speaker);
  }
}

function wordIn(bytes: Uint8Array): Word | undefined {
  if (bytes.length < HEAD_SIZE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(COUNT_AT, true);
  const end = HEAD_SIZE + count * ID_SIZE;
  if (end > bytes.length) return undefined;
  const idAt = (at: number): string => hex(bytes.subarray(at, at + ID_SIZE));
  const listeners = Array.from({ length: count }, (_, index) => idAt(HEAD_SIZE + index * ID_SIZE));
  return { speaker: idAt(0), number: view.getBigUint64(NUMBER_AT, true), listeners, said: bytes.subarray(end) };
}

function answerTo(question: Uint8Array): string {
  return `answers ${hex(question.subarray(0, SEAL_SIZE))}`;
}

function randomId(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(ID_SIZE));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

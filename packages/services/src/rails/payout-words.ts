/**
 * Whom a payout pays, in words: an IBAN, a name, a reference. They lie in the records and not in the ledger; but the
 * ledger has the fingerprint of the request, so words that were lost or changed pay nobody.
 *
 *   id   TENANT/out_BASE/FINGERPRINT: another request under the same key has other words, and never replaces these
 */
import { invalidField } from 'tallystick/internal/model';
import { fingerprintOf, formatBase } from '../base/ids.ts';
import { checkShape, type PayoutRequest } from '../payments/shapes.ts';
import type { RecordInput, Records } from '../records/records.ts';
import type { Rail } from './rail.ts';

const KIND = 'payout-words';

/** A payout's place in the ledger, as its first transfer says it. */
export interface Printed {
  readonly payout: bigint;
  readonly fingerprint: bigint;
}

export class PayoutWords {
  readonly #records: Records;
  readonly #tenant: number;

  constructor(records: Records, tenant: number) {
    this.#records = records;
    this.#tenant = tenant;
  }

  /** Durable when it resolves: before any money is held. */
  async keep({ payout, fingerprint }: Printed, request: PayoutRequest): Promise<void> {
    const body = new TextEncoder().encode(JSON.stringify(request));
    const id = this.#id({ payout, fingerprint });
    const record: RecordInput = { id, version: 1, kind: KIND, tenant: this.#tenant, state: 'closed', body };
    await this.#records.append([record]);
  }

  /** Undefined for each whose words are not there, or are not those that the ledger has the fingerprint of. */
  async find(all: readonly Printed[]): Promise<(PayoutRequest | undefined)[]> {
    const records = await this.#records.get(all.map((one) => this.#id(one)));
    return records.map((record, index) => record && read(record, all[index]!.fingerprint));
  }

  #id({ payout, fingerprint }: Printed): string {
    return `${this.#tenant}/${formatBase('out', payout)}/${fingerprint.toString(16).padStart(16, '0')}`;
  }
}

function read({ body }: RecordInput, fingerprint: bigint): PayoutRequest | undefined {
  try {
    const request: unknown = JSON.parse(new TextDecoder().decode(body));
    checkShape('payout', request);
    return fingerprintOf('payout', request as PayoutRequest) === fingerprint ? (request as PayoutRequest) : undefined;
  } catch {
    return undefined;
  }
}

const NAME_MAX = 70;
const REFERENCE_MAX = 140;
/** What every scheme carries: letters, digits, and the signs of SEPA. */
const PLAIN = /^[A-Za-z0-9/\-?:().,'+ ]+$/;
/** What XML carries, without what acts. */
const TEXT = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u;
const NACHA_ACCOUNT = /^[A-Za-z0-9-]{1,17}$/;

/** Throws `invalid_argument` with the field for somebody whom this rail cannot pay. */
export function checkTarget(rail: Rail, { to, reference }: PayoutRequest): void {
  const pattern = rail.format === 'nacha' ? PLAIN : TEXT;
  if (to.name.length > NAME_MAX || !pattern.test(to.name)) {
    throw invalidField('to.name', `must be a name of 1 to ${NAME_MAX} characters that the rail ${rail.name} carries`);
  }
  if (reference !== undefined && (reference.length > REFERENCE_MAX || !pattern.test(reference))) {
    throw invalidField('reference', `must have at most ${REFERENCE_MAX} characters that the rail ${rail.name} carries`);
  }
  if (rail.format === 'iso20022') {
    if (to.iban === undefined) throw invalidField('to.iban', `is missing: the rail ${rail.name} pays to an IBAN`);
    if (!isIban(to.iban)) throw invalidField('to.iban', 'is no IBAN: its check digits do not agree with the rest');
    if (to.bic !== undefined && !/^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/.test(to.bic)) {
      throw invalidField('to.bic', 'is no BIC: it has 8 or 11 capital letters and digits');
    }
    for (const field of ['routing', 'account', 'account_kind'] as const) forbid(rail, to, field);
    return;
  }
  if (to.routing === undefined || !isRouting(to.routing)) {
    throw invalidField('to.routing', 'must be a routing number: nine digits, of which the last agrees with the rest');
  }
  if (to.account === undefined || !NACHA_ACCOUNT.test(to.account)) {
    throw invalidField('to.account', 'must be an account number of 1 to 17 letters, digits and hyphens');
  }
  for (const field of ['iban', 'bic'] as const) forbid(rail, to, field);
}

function forbid({ name }: Rail, to: PayoutRequest['to'], field: keyof PayoutRequest['to']): void {
  if (to[field] !== undefined) throw invalidField(`to.${field}`, `has no place on the rail ${name}`);
}

/** ISO 13616: the rest of the number modulo 97 is 1, with letters as numbers from 10 on. */
export function isIban(iban: string): boolean {
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$/.test(iban)) return false;
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    for (const digit of Number.parseInt(character, 36).toString()) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}

const WEIGHTS = [3, 7, 1, 3, 7, 1, 3, 7, 1];

/** The number of a bank in the United States, with its check digit. */
export function isRouting(routing: string): boolean {
  if (!/^[0-9]{9}$/.test(routing)) return false;
  return WEIGHTS.reduce((sum, weight, index) => sum + weight * Number(routing[index]), 0) % 10 === 0;
}

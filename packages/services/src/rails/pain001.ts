/**
 * A file of payouts as a bank takes it: pain.001.001.09, one batch, a debit of our account for each payout. Its bytes
 * follow from the ledger and from the words of its payouts, so it is the same whenever it is made again.
 */
import { type Asset, textOf } from '../base/assets.ts';
import type { PayoutRequest } from '../payments/shapes.ts';
import { travelName } from './names.ts';
import type { Rail } from './rail.ts';
import { type Written, writeXml } from './xml.ts';

const SPACE = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09';

/** A payout as a file has it. */
export interface Instruction {
  readonly payout: bigint;
  readonly units: bigint;
  readonly words: PayoutRequest;
  /** Counted over all files of a rail, from 1 on. */
  readonly ordinal: number;
}

/** What a file is made of. */
export interface FileContent {
  readonly file: bigint;
  /** When it was cut, nanoseconds since the epoch. */
  readonly at: bigint;
  readonly instructions: readonly Instruction[];
}

export function writePain001(rail: Rail, { file, at, instructions }: FileContent): Uint8Array {
  const { asset, own } = rail;
  const name = travelName('fil', file);
  const when = new Date(Number(at / 1_000_000n)).toISOString();
  const sum = textOf(
    instructions.reduce((all, { units }) => all + units, 0n),
    asset,
  );
  const totals: readonly Written[] = [
    ['NbOfTxs', String(instructions.length)],
    ['CtrlSum', sum],
  ];
  return writeXml(SPACE, [
    'Document',
    [
      'CstmrCdtTrfInitn',
      ['GrpHdr', ['MsgId', name], ['CreDtTm', when], ...totals, ['InitgPty', ['Nm', own.name]]],
      [
        'PmtInf',
        ['PmtInfId', name],
        ['PmtMtd', 'TRF'],
        // Each payout is an entry of its own on the statement.
        ['BtchBookg', 'false'],
        ...totals,
        ['ReqdExctnDt', ['Dt', when.slice(0, 10)]],
        ['Dbtr', ['Nm', own.name]],
        ['DbtrAcct', ['Id', ['IBAN', own.iban!]], ['Ccy', asset.code]],
        ['DbtrAgt', agent(own.bic)],
        ...instructions.map((one) => transfer(asset, one)),
      ],
    ],
  ]);
}

function agent(bic: string | undefined): Written {
  return ['FinInstnId', bic === undefined ? ['Othr', ['Id', 'NOTPROVIDED']] : ['BICFI', bic]];
}

function transfer(asset: Asset, { payout, units, words }: Instruction): Written {
  const { to, reference } = words;
  const id = travelName('pay', payout);
  return [
    'CdtTrfTxInf',
    ['PmtId', ['InstrId', id], ['EndToEndId', id]],
    ['Amt', ['InstdAmt', { Ccy: asset.code }, textOf(units, asset)]],
    to.bic === undefined ? undefined : ['CdtrAgt', agent(to.bic)],
    ['Cdtr', ['Nm', to.name]],
    ['CdtrAcct', ['Id', ['IBAN', to.iban!]]],
    reference === undefined ? undefined : ['RmtInf', ['Ustrd', reference]],
  ];
}

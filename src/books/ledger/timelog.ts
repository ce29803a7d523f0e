/**
 * Ledger's time log: what lies between checking in and out counts as seconds, in a transaction of one posting.
 *
 *   i 2024-01-10 09:00:00 Client:Alpha  a payee
 *   o 2024-01-10 11:30:00
 */
import type { Place } from '../book.ts';
import type { Line } from '../journal/line.ts';
import { under } from './accounts.ts';
import type { Session } from './session.ts';

interface CheckedIn {
  readonly account: string;
  readonly payee: string;
  readonly seconds: number;
  readonly date: number;
  readonly place: Place;
}

export class Clock {
  readonly #session: Session;
  #open: CheckedIn[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  /** @throws LineProblem */
  directive(line: Line, parent: string): void {
    const place = line.place;
    const sign = line.take(/^[iIoO][ \t]+/)![0].trim();
    const at = line.take(/^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[ \t]+(\d\d):(\d\d):(\d\d)(?![^ \t])/);
    const date = at === undefined ? undefined : this.#session.dates.read(at[1]!);
    const [hours, minutes, rest] = (at ?? []).slice(2).map(Number);
    if (at === undefined || date === undefined || hours! > 23 || minutes! > 59 || rest! > 59) {
      line.fail('a time such as 2024-01-10 09:00:00');
    }
    line.take(/^[ \t]+/);
    const [account, payee] = line.rest.split(/[ ]{2,}|[ ]*\t[ \t]*/);
    const day = Date.UTC(Math.floor(date / 10000), (Math.floor(date / 100) % 100) - 1, date % 100) / 1000;
    // Aliases do not apply here.
    const name = account === '' ? '' : under(parent, account!);
    const seconds = day + hours! * 3600 + minutes! * 60 + rest!;
    const event = { account: name, payee: (payee ?? '').replace(/^;.*/, ''), seconds, date, place };
    if (/i/i.test(sign)) this.#in(event, line);
    else this.#out(event, line);
  }

  #in(event: CheckedIn, line: Line): void {
    if (event.account === '') line.fail('an account to check in to');
    if (this.#open.some(({ account }) => account === event.account)) line.fail('no second check-in to one account');
    this.#open.push(event);
  }

  #out({ account, payee, seconds }: CheckedIn, line: Line): void {
    if (this.#open.length > 1 && account === '') line.fail('the account to check out of, as there are several');
    const from = this.#open.length === 1 ? this.#open[0] : this.#open.find((event) => event.account === account);
    if (from === undefined) line.fail('a check-in before this check-out');
    if (seconds < from.seconds) line.fail('a time that is not before the check-in');
    this.#open = this.#open.filter((event) => event !== from);
    const amount = {
      number: { mantissa: BigInt(seconds - from.seconds), exponent: 0 },
      commodity: this.#session.commodities.of('s'),
    };
    const description = from.payee === '' ? payee : from.payee;
    this.#session.add({
      date: from.date,
      description,
      payee: '',
      narration: description,
      uuid: undefined,
      place: from.place,
      timelog: true,
      postings: [
        {
          account: from.account,
          kind: 'virtual',
          deferred: false,
          amount,
          cost: undefined,
          generated: false,
          place: from.place,
        },
      ],
    });
  }

  /** Ledger lets a time log that is still open run until now; a book is the same at all times. */
  close(): void {
    for (const { place, account } of this.#open) {
      this.#session.problems.tell('error', place, `expected a check-out of ${account} before the end of the file`);
    }
  }
}

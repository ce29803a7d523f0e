/** One box: whatever it may be, it is looked for everywhere where it could stand. */
import type { JSX } from 'preact';
import { find } from '../api.ts';
import { readId } from '../ids.ts';
import { accountColumns, searchTransfers, TransferPanel } from '../lists.tsx';
import { useLoad } from '../load.ts';
import { parseAmount } from '../money.ts';
import { Head, Loading, Trouble } from '../parts.tsx';
import { hasService, referenceOf } from '../payments.ts';
import type { Account, Transfer } from '../records.ts';
import { go, href, route } from '../router.ts';
import { accountsCalled, ledgersNamed, locale, unitOf, zone } from '../settings.ts';
import { say } from '../strings/index.ts';
import { Table } from '../table.tsx';
import { dayBounds } from '../zones.ts';

const MAX = 20;

interface Found {
  readonly account?: Account | undefined;
  readonly transfer?: Transfer | undefined;
  readonly referring: readonly Transfer[];
  readonly amount: readonly Transfer[];
  readonly day: readonly Transfer[];
}

async function lookFor(text: string, signal: AbortSignal): Promise<Found> {
  const id = readId(text);
  const day = dayBounds(text, zone.value);
  const scales = [0, ...ledgersNamed().map((ledger) => unitOf(ledger).scale)];
  const amounts = [
    ...new Set(scales.map((scale) => parseAmount(text, { scale }, locale.value)).filter((one) => one !== undefined)),
  ];
  const none: readonly Transfer[] = [];
  const [account, transfer, referring, amount, ofDay] = await Promise.all([
    id === undefined ? undefined : find<Account>('accounts', id, signal),
    id === undefined ? undefined : find<Transfer>('transfers', id, signal),
    id === undefined ? none : searchTransfers({ user_data_128: id }, undefined, MAX, signal),
    Promise.all(
      amounts.map((one) =>
        searchTransfers({ amount_min: String(one), amount_max: String(one) }, undefined, MAX, signal),
      ),
    ).then((found) => found.flat()),
    day === undefined
      ? none
      : searchTransfers({ timestamp_min: day.min, timestamp_max: day.max }, undefined, MAX, signal),
  ]);
  return { account, transfer, referring, amount, day: ofDay };
}

export function Find(): JSX.Element {
  const text = route.value.query.get('q') ?? '';
  if (hasService('payments') && referenceOf(text) !== undefined) go(['payment', text]);
  const found = useLoad(text, (abort) => lookFor(text, abort));
  return (
    <>
      <Head title={text === '' ? say().find : `${say().find}: ${text}`} about={say().findAbout} />
      {found.error !== undefined && <Trouble error={found.error} retry={found.reload} />}
      {found.value === undefined ? found.loading && <Loading /> : <Results found={found.value} text={text} />}
    </>
  );
}

function Results({ found, text }: { found: Found; text: string }): JSX.Element {
  const words = say();
  const { account, transfer, referring, amount, day } = found;
  const named = accountsCalled(text, MAX);
  const nothing = !account && !transfer && [referring, amount, day, named].every(({ length }) => length === 0);
  if (nothing) return <p class="empty">{words.nothingFound}</p>;
  return (
    <>
      {named.length > 0 && (
        <section class="panel">
          <h2>{words.byName}</h2>
          <ul class="plain">
            {named.map(({ name, id }) => (
              <li key={id}>
                <a href={href(['account', id])}>{name}</a> <span class="id">{id}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {account && (
        <section class="panel">
          <h2>{words.asAccount}</h2>
          <Table caption={words.asAccount} columns={accountColumns()} rows={[account]} rowKey={({ id }) => id} short />
        </section>
      )}
      <TransferPanel title={words.asTransfer} rows={transfer ? [transfer] : []} />
      <TransferPanel title={words.byReference} rows={referring} />
      <TransferPanel title={words.byAmount} rows={amount} />
      <TransferPanel title={words.byDay} rows={day} />
    </>
  );
}

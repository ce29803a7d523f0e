/** An account: what it has, what waits, how it came to that. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { find, may } from '../api.ts';
import { BalanceChart } from '../chart.tsx';
import { missed, watchAccount } from '../feed.ts';
import { Field } from '../form.tsx';
import { shortId } from '../ids.ts';
import { ledgerText } from '../lists.tsx';
import { useLoad } from '../load.ts';
import { usePages } from '../pages.ts';
import { Amount, Balance, Fact, Flags, Head, Loading, Time, Trouble, WholeId } from '../parts.tsx';
import { availableOf, balancesIn, netOf, type Account as Record } from '../records.ts';
import { href, refine, route } from '../router.ts';
import { nameOfAccount, zone } from '../settings.ts';
import { accountAt, type Line, linesOf } from '../statement.ts';
import { say } from '../strings/index.ts';
import { dayBounds, momentOf } from '../zones.ts';
import { Lines } from './account-lines.tsx';

/** Transfers that the chart shows; more would be narrower than a dot. */
const CHART_MAX = 1000;

export function Account({ id }: { id: string }): JSX.Element {
  const at = route.value.query.get('at') ?? '';
  const moment = dayBounds(at, zone.value)?.max ?? momentOf(at, zone.value, true);
  const account = useLoad(
    `account ${id} ${moment}`,
    (abort) => (moment === undefined ? find<Record>('accounts', id, abort) : accountAt(id, moment, abort)),
    missed,
  );
  if (account.error !== undefined) return <Trouble error={account.error} retry={account.reload} />;
  if (account.value === undefined) {
    return account.loading ? <Loading /> : <Head title={say().noAccount}>{[<WholeId id={id} key={id} />]}</Head>;
  }
  return <Shown account={account.value} moment={moment} />;
}

/** Balances that move while they are looked at, unless it is a time that has passed. */
function useLive(account: Record, moment: string | undefined) {
  const live = useSignal<Partial<Record>>({});
  const newer = useSignal(0);
  useEffect(() => {
    live.value = {};
    newer.value = 0;
    if (moment !== undefined) return undefined;
    return watchAccount(account.id, (changes) => {
      const balances = changes.map((change) => balancesIn(change, account.id)).findLast((found) => found !== undefined);
      if (balances !== undefined) live.value = balances;
      newer.value += changes.length;
    });
  }, [account, moment]);
  return { shown: { ...account, ...live.value }, newer };
}

function Shown({ account, moment }: { account: Record; moment: string | undefined }): JSX.Element {
  const words = say();
  const { id, ledger } = account;
  const { shown, newer } = useLive(account, moment);
  const { query } = route.value;
  const from = query.get('from') ?? '';
  const min = dayBounds(from, zone.value)?.min ?? momentOf(from, zone.value);
  const wanted = {
    ...(moment === undefined ? {} : { timestamp_max: moment }),
    ...(min === undefined ? {} : { timestamp_min: min }),
  };
  const list = usePages<Line>(
    `${id} ${moment} ${min}`,
    (after, limit, abort) => linesOf(id, wanted, after, limit, abort),
    missed.value,
  );
  const available = availableOf(shown);
  const refresh = (): void => {
    newer.value = 0;
    list.reload();
  };
  return (
    <>
      <Head title={nameOfAccount(id) ?? words.account}>
        {may('transfers:write') && (
          <>
            <a class="button" href={href(['new', 'transfer'], { debit: id })}>
              {words.newTransfer}
            </a>
            <a class="button quiet" href={href(['new', 'hold'], { debit: id })}>
              {words.newHold}
            </a>
          </>
        )}
      </Head>
      <div class="balances">
        <div class="figure large">
          <span class="label">{words.balance}</span>
          <span class="value">
            <Balance net={netOf(shown)} ledger={ledger} unit />
          </span>
        </div>
        <div class="figure">
          <span class="label">{words.available}</span>
          <span class="value">
            {available === undefined ? words.noLimit : <Amount value={available} ledger={ledger} />}
          </span>
        </div>
        <Sides account={shown} />
      </div>
      <Facts account={shown} />
      <Span from={from} />
      <BalanceChart
        points={list.rows
          .slice(0, CHART_MAX)
          .map(({ transfer, net }) => ({ at: transfer.timestamp, net }))
          .reverse()}
        ledger={ledger}
      />
      {list.error !== undefined && <Trouble error={list.error} retry={list.reload} />}
      <Lines id={id} list={list} newer={newer.value} refresh={refresh} wanted={wanted} />
    </>
  );
}

function Sides({ account }: { account: Record }): JSX.Element {
  const words = say();
  const sides = [
    [words.debitsPosted, account.debits_posted],
    [words.creditsPosted, account.credits_posted],
    [words.debitsPending, account.debits_pending],
    [words.creditsPending, account.credits_pending],
  ] as const;
  return (
    <>
      {sides.map(([name, value]) => (
        <div class="figure" key={name}>
          <span class="label">{name}</span>
          <span class="value">
            <Amount value={value} ledger={account.ledger} />
          </span>
        </div>
      ))}
    </>
  );
}

function Facts({ account }: { account: Record }): JSX.Element {
  const words = say();
  const { id, ledger, code, flags, timestamp, timestamp_iso, user_data_128: reference } = account;
  return (
    <dl class="facts">
      <Fact name={words.id}>
        <WholeId id={id} />
      </Fact>
      <Fact name={words.ledger}>
        <a href={href(['accounts'], { ledger })}>{ledgerText(ledger)}</a>
      </Fact>
      <Fact name={words.code}>
        <a href={href(['accounts'], { ledger, code })}>{code}</a>
      </Fact>
      {flags.length > 0 && (
        <Fact name={words.flags}>
          <Flags flags={flags} />
        </Fact>
      )}
      <Fact name={words.created}>
        <Time at={timestamp} iso={timestamp_iso} />
      </Fact>
      {reference !== '0' && (
        <Fact name={words.reference}>
          <a class="id" href={href(['find'], { q: reference })} title={reference}>
            {shortId(reference)}
          </a>
        </Fact>
      )}
    </dl>
  );
}

/** From when, and as of when, the account is shown: in the address, as every view. */
function Span({ from }: { from: string }): JSX.Element {
  const words = say();
  const at = route.value.query.get('at') ?? '';
  return (
    <div class="filters">
      <Field label={words.from} value={from} onInput={(value) => refine({ from: value })} type="datetime-local" />
      <Field label={words.asOf} value={at} onInput={(value) => refine({ at: value })} type="datetime-local" />
      <div class="field buttons">
        <button
          type="button"
          class="quiet"
          disabled={at === '' && from === ''}
          onClick={() => refine({ at: undefined, from: undefined })}
        >
          {words.now}
        </button>
      </div>
    </div>
  );
}

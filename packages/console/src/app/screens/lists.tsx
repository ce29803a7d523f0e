/** Lists of accounts, transfers and open holds. What they show is their address. */
import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { may } from '../api.ts';
import { Field, Filters } from '../form.tsx';
import { readId } from '../ids.ts';
import { accountColumns, queryAccounts, searchTransfers, transferColumns, type Wanted } from '../lists.tsx';
import { parseAmount } from '../money.ts';
import { usePages } from '../pages.ts';
import { Head, Trouble } from '../parts.tsx';
import type { Account, Transfer } from '../records.ts';
import { href, refine, route } from '../router.ts';
import { locale, unitOf, zone } from '../settings.ts';
import { say } from '../strings/index.ts';
import { type Column, Table } from '../table.tsx';
import { dayBounds, momentOf } from '../zones.ts';

type Fields = { readonly [name: string]: string };

/** What is typed, until it is submitted and becomes the address. */
function useFields(names: readonly string[]): {
  typed: Signal<Fields>;
  put: (name: string) => (value: string) => void;
} {
  const { query } = route.value;
  const read = (): Fields => Object.fromEntries(names.map((name) => [name, query.get(name) ?? '']));
  const typed = useSignal<Fields>(read());
  const address = query.toString();
  useEffect(() => {
    typed.value = read();
  }, [address]);
  const put = (name: string) => (value: string) => {
    typed.value = { ...typed.value, [name]: value };
  };
  return { typed, put };
}

const ACCOUNT_FIELDS = ['ledger', 'code', 'ref'];

export function Accounts(): JSX.Element {
  const words = say();
  const { typed, put } = useFields(ACCOUNT_FIELDS);
  const { query } = route.value;
  const wanted = accountsWanted(query);
  const list = usePages<Account>(`accounts ${query}`, (after, limit, abort) =>
    queryAccounts(wanted, after, limit, abort),
  );
  const { ledger = '', code = '', ref = '' } = typed.value;
  return (
    <>
      <Head title={words.accounts}>
        {may('accounts:write') && (
          <a class="button" href={href(['new', 'account'])}>
            {words.newAccount}
          </a>
        )}
      </Head>
      <Filters
        used={query.size > 0}
        onSubmit={() => refine(typed.value)}
        onClear={() => refine(cleared(ACCOUNT_FIELDS))}
      >
        <Field label={words.ledger} value={ledger} onInput={put('ledger')} inputMode="numeric" />
        <Field label={words.code} value={code} onInput={put('code')} inputMode="numeric" />
        <Field label={words.reference} value={ref} onInput={put('ref')} />
      </Filters>
      {list.error !== undefined && <Trouble error={list.error} retry={list.reload} />}
      <Table
        caption={words.accounts}
        columns={accountColumns()}
        rows={list.rows}
        rowKey={({ id }) => id}
        more={list.more}
        loading={list.loading}
      />
    </>
  );
}

function cleared(names: readonly string[]): { [name: string]: undefined } {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text !== null && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function accountsWanted(query: URLSearchParams): Wanted {
  const ref = readId(query.get('ref') ?? '');
  return { ...numbered(query, ['ledger', 'code']), ...(ref === undefined ? {} : { user_data_128: ref }) };
}

function numbered(query: URLSearchParams, names: readonly string[]): Wanted {
  return Object.fromEntries(
    names.flatMap((name) => (whole(query, name) === undefined ? [] : [[name, whole(query, name)]])),
  );
}

const TRANSFER_FIELDS = ['ledger', 'code', 'account', 'ref', 'min', 'max', 'from', 'until'];

/** The API's filter for what an address says. */
export function transfersWanted(query: URLSearchParams): Wanted {
  const wanted: Record<string, string | number> = {
    ...(numbered(query, ['ledger', 'code']) as Record<string, number>),
  };
  const put = (field: string, value: string | undefined): void => {
    if (value !== undefined) wanted[field] = value;
  };
  const { scale } = unitOf(whole(query, 'ledger') ?? 0);
  const amount = (name: string): string | undefined =>
    parseAmount(query.get(name) ?? '', { scale }, locale.value)?.toString();
  put('account_id', readId(query.get('account') ?? ''));
  put('user_data_128', readId(query.get('ref') ?? ''));
  put('amount_min', amount('min'));
  put('amount_max', amount('max'));
  const from = query.get('from') ?? '';
  const until = query.get('until') ?? '';
  put('timestamp_min', dayBounds(from, zone.value)?.min ?? momentOf(from, zone.value));
  put('timestamp_max', dayBounds(until, zone.value)?.max ?? momentOf(until, zone.value, true));
  return wanted;
}

export function Transfers(): JSX.Element {
  const words = say();
  const { typed, put } = useFields(TRANSFER_FIELDS);
  const { query } = route.value;
  const wanted = transfersWanted(query);
  const list = usePages<Transfer>(`transfers ${query} ${zone.value}`, (after, limit, abort) =>
    searchTransfers(wanted, after, limit, abort),
  );
  const { ledger = '', code = '', account = '', ref = '', min = '', max = '', from = '', until = '' } = typed.value;
  return (
    <>
      <Head title={words.transfers}>
        {may('transfers:write') && (
          <a class="button" href={href(['new', 'transfer'])}>
            {words.newTransfer}
          </a>
        )}
      </Head>
      <Filters
        used={query.size > 0}
        onSubmit={() => refine(typed.value)}
        onClear={() => refine(cleared(TRANSFER_FIELDS))}
      >
        <Field label={words.ledger} value={ledger} onInput={put('ledger')} inputMode="numeric" />
        <Field label={words.code} value={code} onInput={put('code')} inputMode="numeric" />
        <Field label={words.account} value={account} onInput={put('account')} />
        <Field label={words.reference} value={ref} onInput={put('ref')} />
        <Field label={words.amountMin} value={min} onInput={put('min')} inputMode="decimal" />
        <Field label={words.amountMax} value={max} onInput={put('max')} inputMode="decimal" />
        <Field label={words.from} value={from} onInput={put('from')} type="datetime-local" />
        <Field label={words.until} value={until} onInput={put('until')} type="datetime-local" />
      </Filters>
      {list.error !== undefined && <Trouble error={list.error} retry={list.reload} />}
      <Table
        caption={words.transfers}
        columns={transferColumns()}
        rows={list.rows}
        rowKey={({ id }) => id}
        more={list.more}
        loading={list.loading}
      />
    </>
  );
}

/** Pending transfers that wait for their end: the queue of things to decide. */
export function Holds(): JSX.Element {
  const words = say();
  const list = usePages<Transfer>('holds', (after, limit, abort) =>
    searchTransfers({ flags: ['open'] }, after, limit, abort),
  );
  const acts: Column<Transfer> = {
    key: 'timeout',
    label: words.decide,
    text: ({ timeout }) => String(timeout),
    cell: ({ id }) => (
      <span class="acts">
        <a href={href(['new', 'post'], { hold: id })} data-key="a">
          {words.post}
        </a>
        <a href={href(['new', 'void'], { hold: id })} data-key="r">
          {words.void}
        </a>
      </span>
    ),
    right: true,
  };
  const columns = transferColumns().filter(({ key }) => key !== 'kind');
  return (
    <>
      <Head title={words.openHolds}>
        {may('transfers:write') && (
          <a class="button" href={href(['new', 'hold'])}>
            {words.newHold}
          </a>
        )}
      </Head>
      {list.error !== undefined && <Trouble error={list.error} retry={list.reload} />}
      <Table
        caption={words.openHolds}
        columns={may('transfers:write') ? [...columns, acts] : columns}
        rows={list.rows}
        rowKey={({ id }) => id}
        more={list.more}
        loading={list.loading}
      />
    </>
  );
}

/** What waits for somebody's decision: payments of an asset that others must approve. Keys decide, row by row. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { ask, may } from '../api.ts';
import { Field, Filters } from '../form.tsx';
import { useLoad, useTick } from '../load.ts';
import { Head, Time, Trouble } from '../parts.tsx';
import { type ApprovalView, moneyText, type PaymentView } from '../payments.ts';
import { href, refine, route } from '../router.ts';
import { countText } from '../settings.ts';
import { say } from '../strings/index.ts';
import { type Column, Table } from '../table.tsx';

const ASSET = 'EUR';
/** Each is asked for by its id: more than these are too many for one screen. */
const SHOWN = 50;

interface Case {
  readonly approval: ApprovalView;
  readonly payment: PaymentView;
}

async function casesOf(asset: string, signal: AbortSignal): Promise<{ cases: Case[]; count: number }> {
  const waiting = await ask<ApprovalView[]>(`v1/payments/waiting?asset=${encodeURIComponent(asset)}`, { signal });
  const cases = await Promise.all(
    waiting.slice(0, SHOWN).map(async (approval) => ({
      approval,
      payment: await ask<PaymentView>(`v1/payments/${approval.payment}`, { signal }),
    })),
  );
  return { cases, count: waiting.length };
}

export function Queue(): JSX.Element {
  const words = say();
  const asset = route.value.query.get('asset') ?? ASSET;
  const typed = useSignal(asset);
  const tick = useTick();
  const found = useLoad(`queue ${asset}`, (signal) => casesOf(asset, signal), tick);
  const { cases = [], count = 0 } = found.value ?? {};
  return (
    <>
      <Head title={words.queue} about={words.queueAbout}>
        <a class="button quiet" href={href(['holds'])}>
          {words.openHolds}
        </a>
      </Head>
      <Filters
        used={route.value.query.size > 0}
        onSubmit={() => refine({ asset: typed.value.trim().toUpperCase() })}
        onClear={() => {
          typed.value = ASSET;
          refine({ asset: undefined });
        }}
      >
        {[<Field key="asset" label={words.asset} value={typed.value} onInput={(value) => (typed.value = value)} />]}
      </Filters>
      {found.error !== undefined && <Trouble error={found.error} retry={found.reload} />}
      {count > cases.length && <p class="about">{words.oldestShown(countText(cases.length), countText(count))}</p>}
      <Table
        caption={words.queue}
        columns={columnsOf()}
        rows={cases}
        rowKey={({ approval }) => approval.payment}
        loading={found.loading && found.value === undefined}
      />
    </>
  );
}

function columnsOf(): Column<Case>[] {
  const words = say();
  const id = ({ approval }: Case): string => approval.payment;
  const votes = ({ approval: { approvals, needed } }: Case): string => words.votes(String(approvals), String(needed));
  const link = (row: Case): JSX.Element => (
    <a class="id" href={href(['payment', id(row)])} title={id(row)}>
      {`${id(row).slice(0, 10)}…${id(row).slice(-6)}`}
    </a>
  );
  const why = ({ payment }: Case): string => (payment.reasons ?? []).join('; ');
  const columns: Column<Case>[] = [
    {
      key: 'created_at',
      label: words.time,
      text: ({ payment }) => payment.created_at,
      cell: ({ payment }) => <Time at={payment.created_at} />,
      wide: true,
    },
    { key: 'payment', label: words.payment, text: id, cell: link },
    {
      key: 'amount',
      label: words.amount,
      text: ({ payment }) => payment.amount,
      cell: ({ payment }) => (
        <span title={`${payment.amount} ${payment.asset}`}>
          {moneyText(payment.amount)} <span class="unit">{payment.asset}</span>
        </span>
      ),
      right: true,
    },
    { key: 'approvals', label: words.approvals, text: votes, cell: votes },
    { key: 'reasons', label: words.why, text: why, cell: why, wide: true },
  ];
  return may('payments:write') ? [...columns, { ...acts(), label: words.decide }] : columns;
}

function acts(): Column<Case> {
  const { verbs } = say();
  const to = ({ approval }: Case, act: string): string => href(['payment', approval.payment], { do: act });
  return {
    key: 'state',
    label: '',
    text: ({ approval }) => approval.state,
    cell: (row) => (
      <span class="acts">
        <a href={to(row, 'approve')} data-key="a">
          {verbs.approve}
        </a>
        <a href={to(row, 'reject')} data-key="r">
          {verbs.reject}
        </a>
      </span>
    ),
    right: true,
  };
}

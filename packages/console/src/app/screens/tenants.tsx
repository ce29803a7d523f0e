/** Tenants of the gateway: what each has used, and its invoices. A tenant that is no operator sees itself. */
import type { JSX } from 'preact';
import { ask } from '../api.ts';
import { useLoad } from '../load.ts';
import { Chip, Fact, Figure, Head, Loading, Time, Trouble } from '../parts.tsx';
import { moneyText } from '../payments.ts';
import { href } from '../router.ts';
import { countText } from '../settings.ts';
import { say } from '../strings/index.ts';
import { type Column, Table } from '../table.tsx';

interface Tenant {
  readonly number: number;
  readonly name: string;
  readonly plan: string;
  readonly state: 'active' | 'suspended';
  readonly used: string;
  readonly left?: string;
}

interface Invoice {
  readonly id: string;
  readonly period: string;
  readonly asset: string;
  readonly payments: string;
  readonly total: string;
  readonly open: string;
  readonly at: string;
}

const ROOT = 'v1/gateway/tenants';
const PAGE = 100;

async function allTenants(signal: AbortSignal): Promise<Tenant[]> {
  const all: Tenant[] = [];
  for (;;) {
    const after = all.at(-1)?.number;
    const page = await ask<Tenant[]>(`${ROOT}${after === undefined ? '' : `?after=${after}`}`, { signal });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

export function Tenants(): JSX.Element {
  const words = say();
  const found = useLoad('tenants', allTenants);
  const name = ({ number, name: called }: Tenant): JSX.Element => <a href={href(['tenant', number])}>{called}</a>;
  const columns: Column<Tenant>[] = [
    {
      key: 'number',
      label: words.number,
      text: ({ number }) => String(number),
      cell: ({ number }) => number,
      right: true,
    },
    { key: 'name', label: words.name, text: (row) => row.name, cell: name },
    { key: 'plan', label: words.plan, text: ({ plan }) => plan, cell: ({ plan }) => plan, wide: true },
    { key: 'state', label: words.standing, text: ({ state }) => state, cell: (row) => <State tenant={row} /> },
    {
      key: 'used',
      label: words.used,
      text: ({ used }) => used,
      cell: ({ used }) => countText(BigInt(used)),
      right: true,
    },
    {
      key: 'left',
      label: words.left,
      text: ({ left = '' }) => left,
      cell: ({ left }) => (left === undefined ? '–' : countText(BigInt(left))),
      right: true,
      wide: true,
    },
  ];
  return (
    <>
      <Head title={words.tenants} about={words.tenantsAbout} />
      {found.error !== undefined && <Trouble error={found.error} retry={found.reload} />}
      <Table
        caption={words.tenants}
        columns={columns}
        rows={found.value ?? []}
        rowKey={({ number }) => String(number)}
        loading={found.loading}
      />
    </>
  );
}

function State({ tenant: { state } }: { tenant: Tenant }): JSX.Element {
  return <Chip tone={state === 'active' ? 'good' : 'bad'}>{say().tenantStates[state] ?? state}</Chip>;
}

export function TenantScreen({ number }: { number: string }): JSX.Element {
  const words = say();
  const path = `${ROOT}/${encodeURIComponent(number)}`;
  const found = useLoad(`tenant ${number}`, async (signal) => {
    const [tenant, usage, invoices] = await Promise.all([
      ask<Tenant>(path, { signal }),
      ask<{ period: string; payments: string }>(`${path}/usage?period=${new Date().toISOString().slice(0, 7)}`, {
        signal,
      }),
      ask<Invoice[]>(`${path}/invoices`, { signal }),
    ]);
    return { tenant, usage, invoices };
  });
  if (found.error !== undefined) return <Trouble error={found.error} retry={found.reload} />;
  if (found.value === undefined) return <Loading />;
  const { tenant, usage, invoices } = found.value;
  return (
    <>
      <Head title={tenant.name}>
        <State tenant={tenant} />
      </Head>
      <div class="figures">
        <Figure name={words.usedIn(usage.period)} value={countText(BigInt(usage.payments))} />
        <Figure name={words.used} value={countText(BigInt(tenant.used))} />
        {tenant.left !== undefined && <Figure name={words.left} value={countText(BigInt(tenant.left))} />}
      </div>
      <dl class="facts">
        <Fact name={words.number}>{tenant.number}</Fact>
        <Fact name={words.plan}>{tenant.plan}</Fact>
      </dl>
      <Invoices invoices={invoices} />
    </>
  );
}

function Invoices({ invoices }: { invoices: readonly Invoice[] }): JSX.Element {
  const words = say();
  const money = (key: 'total' | 'open', label: string): Column<Invoice> => ({
    key,
    label,
    text: (row) => row[key],
    cell: (row) => (
      <span title={`${row[key]} ${row.asset}`}>
        {moneyText(row[key])} <span class="unit">{row.asset}</span>
      </span>
    ),
    right: true,
  });
  const columns: Column<Invoice>[] = [
    { key: 'period', label: words.period, text: ({ period }) => period, cell: ({ period }) => period },
    { key: 'id', label: words.id, text: ({ id }) => id, cell: ({ id }) => <code>{id}</code>, wide: true },
    {
      key: 'payments',
      label: words.used,
      text: ({ payments }) => payments,
      cell: ({ payments }) => countText(BigInt(payments)),
      right: true,
    },
    money('total', words.total),
    money('open', words.openSum),
    { key: 'at', label: words.created, text: ({ at }) => at, cell: ({ at }) => <Time at={at} />, wide: true },
  ];
  return (
    <section class="panel">
      <h2>{words.invoices}</h2>
      <Table caption={words.invoices} columns={columns} rows={invoices} rowKey={({ period }) => period} short />
    </section>
  );
}

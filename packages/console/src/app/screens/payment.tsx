/** A payment: what it is, the transfers that it is made of, and what can be done with it, each asked for first. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { ask, may, Problem } from '../api.ts';
import { recent } from '../feed.ts';
import { Field } from '../form.tsx';
import { begin, type PaymentVerb } from '../intents.ts';
import { searchTransfers, transferColumns } from '../lists.tsx';
import { useLoad } from '../load.ts';
import { decimalOf, parseAmount } from '../money.ts';
import { Chip, Fact, Head, Loading, Time, Trouble } from '../parts.tsx';
import { moneyText, type PaymentView, referenceOf, scaleOf, type Would } from '../payments.ts';
import { go, route } from '../router.ts';
import { locale } from '../settings.ts';
import { say } from '../strings/index.ts';
import { Table } from '../table.tsx';

const MAX = 500;
const PATHS: { readonly [verb in PaymentVerb]: string } = {
  capture: 'captures',
  release: 'release',
  refund: 'refunds',
  reverse: 'reversal',
  approve: 'approval',
  reject: 'rejection',
};
/** Verbs that the service does not try without doing them: what they would do is known. */
const DECISIONS: ReadonlySet<PaymentVerb> = new Set(['approve', 'reject']);
/** Verbs that take an amount. */
const IN_PART: ReadonlySet<PaymentVerb> = new Set(['capture', 'refund']);

function verbsFor({ status }: PaymentView): PaymentVerb[] {
  if (status === 'in_review') return ['approve', 'reject'];
  if (status === 'held') return ['capture', 'release'];
  if (status === 'partly_captured') return ['capture', 'release', 'refund'];
  if (status === 'paid' || status === 'captured') return ['refund', 'reverse'];
  return status === 'partly_refunded' ? ['refund'] : [];
}

async function paymentAndLegs(id: string, reference: string, signal: AbortSignal) {
  const [view, legs] = await Promise.all([
    ask<PaymentView>(`v1/payments/${id}`, { signal }),
    searchTransfers({ user_data_128: reference }, undefined, MAX, signal),
  ]);
  return { view, legs };
}

export function Payment({ id }: { id: string }): JSX.Element {
  const words = say();
  const reference = referenceOf(id);
  // Whatever happens to it has its reference.
  const touched = recent.value.find((change) => change.transfer_user_data_128 === reference)?.timestamp;
  const found = useLoad(`${id} ${touched}`, async (abort) =>
    reference === undefined ? undefined : await paymentAndLegs(id, reference, abort),
  );
  const missing = found.error instanceof Problem && found.error.status === 404;
  if (missing || reference === undefined) return <Head title={words.noPayment} />;
  if (found.error !== undefined) return <Trouble error={found.error} retry={found.reload} />;
  if (found.value === undefined) return <Loading />;
  const { view, legs } = found.value;
  return (
    <>
      <Head
        title={
          <>
            {words.payment} <Chip>{view.status.replaceAll('_', ' ')}</Chip>
          </>
        }
      />
      <Facts view={view} />
      {may('payments:write') && <Acts view={view} key={view.status} />}
      <section class="panel">
        <h2>{words.transfers}</h2>
        <Table caption={words.transfers} columns={transferColumns()} rows={legs} rowKey={(leg) => leg.id} short />
      </section>
    </>
  );
}

function Facts({ view }: { view: PaymentView }): JSX.Element {
  const words = say();
  const money = [
    [words.amount, view.amount],
    [words.paid, view.paid],
    [words.held, view.held],
    [words.refunded, view.refunded],
    [words.fee, view.fee],
  ] as const;
  return (
    <>
      <div class="balances">
        {money.map(([name, text]) => (
          <div class="figure" key={name}>
            <span class="label">{name}</span>
            <span class="value" title={`${text} ${view.asset}`}>
              {moneyText(text)} <span class="unit">{view.asset}</span>
            </span>
          </div>
        ))}
      </div>
      <dl class="facts">
        <Fact name={words.id}>
          <code>{view.id}</code>
        </Fact>
        <Fact name={words.created}>
          <Time at={view.created_at} />
        </Fact>
        {view.reasons !== undefined && <Fact name={words.why}>{view.reasons.join('; ')}</Fact>}
      </dl>
    </>
  );
}

/** A verb is chosen, asked for without doing it, and then done. */
function Acts({ view }: { view: PaymentView }): JSX.Element | null {
  const words = say();
  const verbs = verbsFor(view);
  // The queue names what was chosen there in the address.
  const chosen = useSignal(verbs.find((verb) => verb === route.value.query.get('do')));
  if (verbs.length === 0) return null;
  return (
    <>
      <div class="buttons">
        {verbs.map((verb) => (
          <button
            key={verb}
            type="button"
            class={chosen.value === verb ? '' : 'quiet'}
            aria-pressed={chosen.value === verb}
            onClick={() => {
              chosen.value = verb;
            }}
          >
            {words.verbs[verb]}
          </button>
        ))}
      </div>
      {chosen.value !== undefined && <Act view={view} verb={chosen.value} key={chosen.value} />}
    </>
  );
}

function Act({ view, verb }: { view: PaymentView; verb: PaymentVerb }): JSX.Element {
  const words = say();
  const amount = useSignal('');
  const error = useSignal<string | undefined>(undefined);
  const trouble = useSignal<unknown>(undefined);
  const would = useSignal<Would | undefined>(undefined);
  const path = `v1/payments/${view.id}/${PATHS[verb]}`;
  const scale = scaleOf(view.amount);
  /** Undefined: what is typed is no amount. */
  const body = (): { readonly amount?: string } | undefined => {
    if (amount.value.trim() === '') return {};
    const units = parseAmount(amount.value, { scale }, locale.value);
    return units === undefined ? undefined : { amount: decimalOf(units, { scale, digits: scale }) };
  };
  const preview = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const wanted = body();
    error.value = wanted === undefined ? words.fieldAmount(String(scale)) : undefined;
    if (wanted === undefined) return;
    trouble.value = undefined;
    try {
      would.value = await ask<Would>(path, { body: { ...wanted, dry_run: true } });
    } catch (problem) {
      trouble.value = problem;
    }
  };
  const act = (): void => {
    const wanted = body();
    if ((would.value === undefined && !DECISIONS.has(verb)) || wanted === undefined) return;
    would.value = undefined;
    go(['request', begin(verb, path, view.id, wanted)]);
  };
  const type = (value: string): void => {
    amount.value = value;
    would.value = undefined;
  };
  return (
    <form class="fields panel" onSubmit={(event) => void preview(event)} noValidate>
      {IN_PART.has(verb) && (
        <Field
          label={`${words.amount}, ${view.asset}`}
          value={amount.value}
          onInput={type}
          error={error.value}
          hint={words.rest}
          inputMode="decimal"
          name="amount"
        />
      )}
      {DECISIONS.has(verb) && <p class="about">{verb === 'approve' ? words.approveAbout : words.rejectAbout}</p>}
      {trouble.value !== undefined && <Trouble error={trouble.value} />}
      {would.value !== undefined && (
        <p class={would.value.would === 'done' ? '' : 'warning'} role="status">
          {would.value.would === 'done' ? words.wouldDone : words.wouldRefuse} {would.value.about}
        </p>
      )}
      <div class="buttons">
        {would.value === undefined && !DECISIONS.has(verb) ? (
          <button type="submit">{words.preview}</button>
        ) : (
          <button type="button" onClick={act}>
            {words.doIt}
          </button>
        )}
      </div>
    </form>
  );
}

/**
 * Forms that move money, in three steps: what is wanted, what it would do, and what became of it. Between the first two
 * nothing is sent; behind the second the request has its ids and its key, and they stay the same.
 */
import { type Signal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { JSX } from 'preact';
import { accountOf, type Checked, checkAccount, checkEnding, checkTransfer, type Effect, effectsOf, endingOf, type Typed, warningsOf } from '../drafts.ts';
import { Choice, Field } from '../form.tsx';
import { freshId } from '../ids.ts';
import { type What, want } from '../intents.ts';
import { useLoad } from '../load.ts';
import { AccountLink, Amount, Balance, Head, Loading, Trouble } from '../parts.tsx';
import { type Account, netOf, type Transfer } from '../records.ts';
import { go, href, route } from '../router.ts';
import { accountsCalled, amountText, unitOf } from '../settings.ts';
import { accountsOf } from '../statement.ts';
import { find } from '../api.ts';
import { say } from '../strings/index.ts';

export function New({ what }: { what: string }): JSX.Element {
  const words = say();
  const titles: { readonly [what: string]: string } = {
    account: words.newAccount,
    transfer: words.newTransfer,
    hold: words.newHold,
    post: words.postHold,
    void: words.voidHold,
  };
  return (
    <>
      <Head title={titles[what] ?? words.newTransfer} />
      {(what === 'account' || what === 'transfer' || what === 'hold') && (
        <nav class="tabs" aria-label={words.newThing}>
          {(['transfer', 'hold', 'account'] as const).map((one) => (
            <a key={one} href={href(['new', one])} aria-current={one === what ? 'page' : undefined}>
              {titles[one]}
            </a>
          ))}
        </nav>
      )}
      {what === 'account' ? <NewAccount /> : what === 'post' || what === 'void' ? <Ending what={what} key={what} /> : <NewTransfer hold={what === 'hold'} key={what} />}
    </>
  );
}

interface Previewed {
  readonly id: string;
  readonly event: Checked['event'];
  readonly effects?: readonly [Effect, Effect];
}

/** Makes the intent once, whatever is clicked how often, and goes to where its outcome is told. */
function useSubmit(what: What): (preview: Previewed) => void {
  const done = useSignal(false);
  return ({ id, event }) => {
    if (done.value) return;
    done.value = true;
    go(['request', want(what, { id, ...event })]);
  };
}

function useTyped(presets: Typed): { typed: Signal<Typed>; put: (field: string) => (value: string) => void } {
  const typed = useSignal<Typed>(presets);
  const put = (field: string) => (value: string) => {
    typed.value = { ...typed.value, [field]: value };
  };
  return { typed, put };
}

function NewAccount(): JSX.Element {
  const words = say();
  const { typed, put } = useTyped({ ledger: '', code: '', ref: '', limit: '', history: 'yes' });
  const errors = useSignal<Checked['errors']>({});
  const preview = useSignal<Previewed | undefined>(undefined);
  const submit = useSubmit('account');
  const look = (event: SubmitEvent): void => {
    event.preventDefault();
    const checked = checkAccount(typed.value);
    errors.value = checked.errors;
    if (Object.keys(checked.errors).length === 0) preview.value = { id: freshId(), event: checked.event };
    else focusFirst(event.currentTarget as HTMLElement);
  };
  if (preview.value !== undefined) return <Preview preview={preview} submit={submit} />;
  const { ledger = '', code = '', ref = '', limit = '', history = '' } = typed.value;
  return (
    <form class="fields" onSubmit={look} noValidate>
      <Field label={words.ledger} value={ledger} onInput={put('ledger')} error={errors.value.ledger} inputMode="numeric" required name="ledger" />
      <Field label={words.code} value={code} onInput={put('code')} error={errors.value.code} inputMode="numeric" required name="code" />
      <Choice
        label={words.limit}
        value={limit}
        options={[['', words.limitNone], ['debits_must_not_exceed_credits', words.limitDebits], ['credits_must_not_exceed_debits', words.limitCredits]]}
        onChange={put('limit')}
      />
      <label class="check">
        <input type="checkbox" checked={history === 'yes'} onChange={(event) => put('history')(event.currentTarget.checked ? 'yes' : '')} /> {words.keepsHistory}
      </label>
      <Field label={words.reference} value={ref} onInput={put('ref')} error={errors.value.ref} name="ref" />
      <div class="buttons">
        <button type="submit">{words.preview}</button>
      </div>
    </form>
  );
}

/** After a refusal the first field that is wrong has the focus. */
function focusFirst(form: HTMLElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

function NewTransfer({ hold }: { hold: boolean }): JSX.Element {
  const words = say();
  const { query } = route.value;
  const presets = { debit: query.get('debit') ?? '', credit: query.get('credit') ?? '', amount: query.get('amount') ?? '', code: '1', ref: '', timeout: '0' };
  const { typed, put } = useTyped(presets);
  const errors = useSignal<Checked['errors']>({});
  const preview = useSignal<Previewed | undefined>(undefined);
  const submit = useSubmit(hold ? 'hold' : 'transfer');
  const { debit = '', credit = '', amount = '', code = '', ref = '', timeout = '' } = typed.value;
  const ids = [accountOf(debit), accountOf(credit)].filter((id) => id !== undefined);
  const known = useLoad(ids.join(), (abort) => (ids.length === 0 ? Promise.resolve(new Map<string, Account>()) : accountsOf(ids, abort)));
  const accounts = known.value ?? new Map<string, Account>();
  const unit = unitOf(accounts.get(ids[0] ?? '')?.ledger ?? 0);
  const look = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLElement;
    const fresh = ids.length === 0 ? new Map<string, Account>() : await accountsOf(ids).catch(() => accounts);
    const checked = checkTransfer(typed.value, hold, fresh);
    const from = fresh.get(String(checked.event.debit_account_id));
    const to = fresh.get(String(checked.event.credit_account_id));
    errors.value = {
      ...(from === undefined ? { debit: words.noAccount } : {}),
      ...(to === undefined ? { credit: words.noAccount } : {}),
      ...checked.errors,
    };
    if (Object.keys(errors.value).length > 0 || from === undefined || to === undefined) focusFirst(form);
    else {
      const effects = effectsOf(from, to, BigInt(checked.event.amount as string), hold);
      preview.value = { id: freshId(), event: checked.event, effects };
    }
  };
  if (preview.value !== undefined) return <Preview preview={preview} submit={submit} />;
  return (
    <form class="fields" onSubmit={(event) => void look(event)} noValidate>
      <AccountField label={words.debitAccount} value={debit} put={put('debit')} error={errors.value.debit} account={accounts.get(accountOf(debit) ?? '')} name="debit" />
      <AccountField label={words.creditAccount} value={credit} put={put('credit')} error={errors.value.credit} account={accounts.get(accountOf(credit) ?? '')} name="credit" />
      <Field
        label={unit.name === '' ? words.amount : `${words.amount}, ${unit.name}`}
        value={amount}
        onInput={put('amount')}
        error={errors.value.amount}
        inputMode="decimal"
        required
        name="amount"
      />
      <Field label={words.code} value={code} onInput={put('code')} error={errors.value.code} inputMode="numeric" required name="code" />
      {hold && <Field label={words.timeout} value={timeout} onInput={put('timeout')} error={errors.value.timeout} hint={words.timeoutAbout} inputMode="numeric" name="timeout" />}
      <Field label={words.reference} value={ref} onInput={put('ref')} error={errors.value.ref} name="ref" />
      <div class="buttons">
        <button type="submit">{words.preview}</button>
      </div>
    </form>
  );
}

interface AccountFieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly put: (value: string) => void;
  readonly error: string | undefined;
  readonly account: Account | undefined;
}

const SUGGESTED = 12;

/** An account by id or name; below it, what it has. */
function AccountField({ label, name, value, put, error, account }: AccountFieldProps): JSX.Element {
  const suggested = useMemo(() => accountsCalled(value, SUGGESTED), [value]);
  return (
    <div>
      <Field label={label} value={value} onInput={put} error={error} list={`${name}-names`} required name={name} />
      <datalist id={`${name}-names`}>
        {suggested.map(({ name: one, id }) => (
          <option key={id} value={one} />
        ))}
      </datalist>
      {account !== undefined && (
        <p class="hint">
          <AccountLink id={account.id} /> · <Balance net={netOf(account)} ledger={account.ledger} unit />
        </p>
      )}
    </div>
  );
}

async function holdAndAccounts(id: string, abort: AbortSignal): Promise<{ hold: Transfer; accounts: Map<string, Account> } | undefined> {
  const hold = await find<Transfer>('transfers', id, abort);
  if (hold === undefined) return undefined;
  return { hold, accounts: await accountsOf([hold.debit_account_id, hold.credit_account_id], abort) };
}

function Ending({ what }: { what: 'post' | 'void' }): JSX.Element {
  const words = say();
  const id = route.value.query.get('hold') ?? '';
  const found = useLoad(id, (abort) => holdAndAccounts(id, abort));
  if (found.error !== undefined) return <Trouble error={found.error} retry={found.reload} />;
  if (found.value === undefined) return found.loading ? <Loading /> : <p class="empty">{words.noTransfer}</p>;
  return <EndingForm what={what} {...found.value} />;
}

function EndingForm({ what, hold, accounts }: { what: 'post' | 'void'; hold: Transfer; accounts: Map<string, Account> }): JSX.Element {
  const words = say();
  const { typed, put } = useTyped({ amount: amountText(BigInt(hold.amount), hold.ledger) });
  const errors = useSignal<Checked['errors']>({});
  const preview = useSignal<Previewed | undefined>(undefined);
  const submit = useSubmit(what);
  const look = (event: SubmitEvent): void => {
    event.preventDefault();
    const checked = checkEnding(typed.value, what, hold);
    errors.value = checked.errors;
    if (Object.keys(checked.errors).length > 0) {
      focusFirst(event.currentTarget as HTMLElement);
      return;
    }
    const debit = accounts.get(hold.debit_account_id)!;
    const credit = accounts.get(hold.credit_account_id)!;
    const posted = what === 'void' ? 0n : BigInt(checked.event.amount as string);
    preview.value = { id: freshId(), event: checked.event, effects: endingOf(debit, credit, BigInt(hold.amount), posted) };
  };
  if (preview.value !== undefined) return <Preview preview={preview} submit={submit} />;
  return (
    <form class="fields" onSubmit={look} noValidate>
      <p>
        {words.kinds.hold}: <Amount value={hold.amount} ledger={hold.ledger} unit /> · <AccountLink id={hold.debit_account_id} /> → <AccountLink id={hold.credit_account_id} />
      </p>
      {what === 'post' && <Field label={words.amount} value={typed.value.amount ?? ''} onInput={put('amount')} error={errors.value.amount} inputMode="decimal" required name="amount" />}
      <div class="buttons">
        <button type="submit">{words.preview}</button>
      </div>
    </form>
  );
}

/** What would be. */
function Preview({ preview, submit }: { preview: Signal<Previewed | undefined>; submit: (preview: Previewed) => void }): JSX.Element {
  const words = say();
  const shown = preview.value!;
  const { event, effects } = shown;
  const ledger = effects?.[0].account.ledger ?? Number(event.ledger);
  return (
    <section class="panel preview" aria-labelledby="preview">
      <h2 id="preview">{words.preview}</h2>
      <p class="about">{words.previewAbout}</p>
      {event.amount !== undefined && (
        <p class="figure large">
          <span class="value">
            <Amount value={String(event.amount)} ledger={ledger} unit />
          </span>
          <span class="hint">{words.units(String(event.amount))}</span>
        </p>
      )}
      {effects === undefined ? <Plain event={event} /> : <Effects effects={effects} />}
      {effects !== undefined &&
        warningsOf(effects).map((warning) => (
          <p class="warning" key={warning}>
            {warning}
          </p>
        ))}
      {effects !== undefined && <p class="about">{words.final}</p>}
      <div class="buttons">
        <button type="button" class="primary" onClick={() => submit(shown)}>
          {words.doIt}
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            preview.value = undefined;
          }}
        >
          {words.back}
        </button>
      </div>
    </section>
  );
}

function Plain({ event }: { event: Checked['event'] }): JSX.Element {
  return (
    <dl class="facts">
      {Object.entries(event).map(([name, value]) => (
        <div class="fact" key={name}>
          <dt>{name}</dt>
          <dd>{Array.isArray(value) ? value.join(', ') : String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Effects({ effects }: { effects: readonly [Effect, Effect] }): JSX.Element {
  const words = say();
  const row = (name: string, { account, after }: Effect) => (
    <tr key={name}>
      <th scope="row">
        {name}: <AccountLink id={account.id} />
      </th>
      <td class="right">
        <Balance net={netOf(account)} ledger={account.ledger} />
      </td>
      <td class="right">
        <Balance net={netOf(after)} ledger={account.ledger} />
      </td>
      <td class="right">
        <Amount value={BigInt(after.debits_pending) + BigInt(after.credits_pending)} ledger={account.ledger} />
      </td>
    </tr>
  );
  return (
    <div class="rows short" tabIndex={0} role="group" aria-label={words.preview}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.account}</th>
            <th scope="col" class="right">
              {words.before}
            </th>
            <th scope="col" class="right">
              {words.after}
            </th>
            <th scope="col" class="right">
              {words.pending}
            </th>
          </tr>
        </thead>
        <tbody>
          {row(words.debit, effects[0])}
          {row(words.credit, effects[1])}
        </tbody>
      </table>
    </div>
  );
}

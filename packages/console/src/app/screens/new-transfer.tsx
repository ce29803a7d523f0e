/** The form of a transfer, or of a hold: two accounts, an amount, and why. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { accountOf, type Checked, checkTransfer, effectsOf, type Typed } from '../drafts.ts';
import { Field, type FieldProps } from '../form.tsx';
import { freshId } from '../ids.ts';
import { useLoad } from '../load.ts';
import { AccountLink, Balance } from '../parts.tsx';
import { type Account, netOf } from '../records.ts';
import { route } from '../router.ts';
import { accountsCalled, unitOf } from '../settings.ts';
import { accountsOf } from '../statement.ts';
import { say } from '../strings/index.ts';
import { focusFirst, Preview, type Previewed, useSubmit, useTyped } from './preview.tsx';

/** What an address may fill in already. */
function presetsOf(query: URLSearchParams): Typed {
  const of = (name: string): string => query.get(name) ?? '';
  return { debit: of('debit'), credit: of('credit'), amount: of('amount'), code: '1', ref: '', timeout: '0' };
}

export function NewTransfer({ hold }: { hold: boolean }): JSX.Element {
  const words = say();
  const { typed, put } = useTyped(presetsOf(route.value.query));
  const errors = useSignal<Checked['errors']>({});
  const preview = useSignal<Previewed | undefined>(undefined);
  const submit = useSubmit(hold ? 'hold' : 'transfer');
  const { debit = '', credit = '' } = typed.value;
  const ids = [accountOf(debit), accountOf(credit)].filter((id) => id !== undefined);
  const known = useLoad(ids.join(), (abort) =>
    ids.length === 0 ? Promise.resolve(new Map<string, Account>()) : accountsOf(ids, abort),
  );
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
  const account = (name: 'debit' | 'credit'): Account | undefined =>
    accounts.get(accountOf(typed.value[name] ?? '') ?? '');
  /** A field by its name, and what differs from field to field. */
  const field = (name: string, label: string, rest: Partial<FieldProps> = {}): JSX.Element => (
    <Field
      label={label}
      name={name}
      value={typed.value[name] ?? ''}
      onInput={put(name)}
      error={errors.value[name]}
      {...rest}
    />
  );
  const number = { inputMode: 'numeric', required: true } as const;
  return (
    <form class="fields" onSubmit={(event) => void look(event)} noValidate>
      <AccountField typed={debit} account={account('debit')} name="debit">
        {field('debit', words.debitAccount, { list: 'debit-names', required: true })}
      </AccountField>
      <AccountField typed={credit} account={account('credit')} name="credit">
        {field('credit', words.creditAccount, { list: 'credit-names', required: true })}
      </AccountField>
      {field('amount', unit.name === '' ? words.amount : `${words.amount}, ${unit.name}`, {
        inputMode: 'decimal',
        required: true,
      })}
      {field('code', words.code, number)}
      {hold && field('timeout', words.timeout, { ...number, hint: words.timeoutAbout })}
      {field('ref', words.reference)}
      <div class="buttons">
        <button type="submit">{words.preview}</button>
      </div>
    </form>
  );
}

const SUGGESTED = 12;

interface AccountFieldProps {
  readonly name: string;
  readonly typed: string;
  readonly account: Account | undefined;
  readonly children: JSX.Element;
}

/** An account by id or name; below it, what it has. */
function AccountField({ name, typed, account, children }: AccountFieldProps): JSX.Element {
  const suggested = useMemo(() => accountsCalled(typed, SUGGESTED), [typed]);
  return (
    <div>
      {children}
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

/** Forms that create: which one is wanted, and those of accounts and of the ends of holds. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { find } from '../api.ts';
import { type Checked, checkAccount, checkEnding, endingOf } from '../drafts.ts';
import { Choice, Field } from '../form.tsx';
import { freshId } from '../ids.ts';
import { useLoad } from '../load.ts';
import { AccountLink, Amount, Head, Loading, Trouble } from '../parts.tsx';
import type { Account, Transfer } from '../records.ts';
import { href, route } from '../router.ts';
import { amountText } from '../settings.ts';
import { accountsOf } from '../statement.ts';
import { say } from '../strings/index.ts';
import { NewTransfer } from './new-transfer.tsx';
import { focusFirst, Preview, type Previewed, useSubmit, useTyped } from './preview.tsx';

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
      {what === 'account' ? (
        <NewAccount />
      ) : what === 'post' || what === 'void' ? (
        <Ending what={what} key={what} />
      ) : (
        <NewTransfer hold={what === 'hold'} key={what} />
      )}
    </>
  );
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
      <Field
        label={words.ledger}
        value={ledger}
        onInput={put('ledger')}
        error={errors.value.ledger}
        inputMode="numeric"
        required
        name="ledger"
      />
      <Field
        label={words.code}
        value={code}
        onInput={put('code')}
        error={errors.value.code}
        inputMode="numeric"
        required
        name="code"
      />
      <Choice
        label={words.limit}
        value={limit}
        options={[
          ['', words.limitNone],
          ['debits_must_not_exceed_credits', words.limitDebits],
          ['credits_must_not_exceed_debits', words.limitCredits],
        ]}
        onChange={put('limit')}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={history === 'yes'}
          onChange={(event) => put('history')(event.currentTarget.checked ? 'yes' : '')}
        />{' '}
        {words.keepsHistory}
      </label>
      <Field label={words.reference} value={ref} onInput={put('ref')} error={errors.value.ref} name="ref" />
      <div class="buttons">
        <button type="submit">{words.preview}</button>
      </div>
    </form>
  );
}
async function holdAndAccounts(
  id: string,
  abort: AbortSignal,
): Promise<{ hold: Transfer; accounts: Map<string, Account> } | undefined> {
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

function EndingForm({
  what,
  hold,
  accounts,
}: {
  what: 'post' | 'void';
  hold: Transfer;
  accounts: Map<string, Account>;
}): JSX.Element {
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
    preview.value = {
      id: freshId(),
      event: checked.event,
      effects: endingOf(debit, credit, BigInt(hold.amount), posted),
    };
  };
  if (preview.value !== undefined) return <Preview preview={preview} submit={submit} />;
  return (
    <form class="fields" onSubmit={look} noValidate>
      <p>
        {words.kinds.hold}: <Amount value={hold.amount} ledger={hold.ledger} unit /> ·{' '}
        <AccountLink id={hold.debit_account_id} /> → <AccountLink id={hold.credit_account_id} />
      </p>
      {what === 'post' && (
        <Field
          label={words.amount}
          value={typed.value.amount ?? ''}
          onInput={put('amount')}
          error={errors.value.amount}
          inputMode="decimal"
          required
          name="amount"
        />
      )}
      <div class="buttons">
        <button type="submit">{words.preview}</button>
      </div>
    </form>
  );
}

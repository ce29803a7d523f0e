/** A transfer and its life: the chain it came in, the hold that it ends or is, and what else has its reference. */
import type { JSX } from 'preact';
import { askOne, find, may } from '../api.ts';
import { chainOf } from '../chain.ts';
import { recent } from '../feed.ts';
import { Kind, ledgerText, searchTransfers, TransferPanel } from '../lists.tsx';
import { useLoad } from '../load.ts';
import {
  AccountLink,
  Amount,
  Chip,
  Fact,
  Flags,
  Head,
  Loading,
  Time,
  TransferLink,
  Trouble,
  WholeId,
} from '../parts.tsx';
import { hasService, paymentOf } from '../payments.ts';
import type { Pending, Transfer as Record } from '../records.ts';
import { href } from '../router.ts';
import { say } from '../strings/index.ts';

const MAX = 100;

interface Life {
  readonly transfer: Record;
  readonly pending: Pending | undefined;
  readonly chain: readonly Record[];
  readonly alike: readonly Record[];
}

async function lifeOf(id: string, signal: AbortSignal): Promise<Life | undefined> {
  const transfer = await find<Record>('transfers', id, signal);
  if (transfer === undefined) return undefined;
  const { pending_id, user_data_128: reference, flags } = transfer;
  const hold = flags.includes('pending') ? id : pending_id;
  const [pending, chain, alike] = await Promise.all([
    hold === '0' ? undefined : askOne<Pending>('lookup_pendings', { id: hold }, signal),
    chainOf(transfer, signal),
    reference === '0' ? [] : searchTransfers({ user_data_128: reference }, undefined, MAX, signal),
  ]);
  return { transfer, pending, chain, alike };
}

export function Transfer({ id }: { id: string }): JSX.Element {
  // A change that ends this hold is a reason to look again.
  const touched = recent.value.find((change) => change.transfer_id === id || change.transfer_pending_id === id);
  const life = useLoad(`${id} ${touched?.timestamp}`, (abort) => lifeOf(id, abort));
  if (life.error !== undefined) return <Trouble error={life.error} retry={life.reload} />;
  if (life.value === undefined) {
    return life.loading ? <Loading /> : <Head title={say().noTransfer}>{[<WholeId id={id} key={id} />]}</Head>;
  }
  return <Shown life={life.value} />;
}

function Shown({ life: { transfer, pending, chain, alike } }: { life: Life }): JSX.Element {
  const words = say();
  const { id, ledger } = transfer;
  const open = transfer.flags.includes('pending') && pending?.state === 'open';
  return (
    <>
      <Head
        title={
          <>
            {words.transfer} <Kind transfer={transfer} />
          </>
        }
      >
        {open && may('transfers:write') && (
          <>
            <a class="button" href={href(['new', 'post'], { hold: id })}>
              {words.post}
            </a>
            <a class="button quiet" href={href(['new', 'void'], { hold: id })}>
              {words.void}
            </a>
          </>
        )}
      </Head>
      <div class="movement">
        <div>
          <span class="label">{words.debit}</span>
          <AccountLink id={transfer.debit_account_id} />
        </div>
        <div class="arrow" aria-hidden="true">
          →
        </div>
        <div>
          <span class="label">{words.credit}</span>
          <AccountLink id={transfer.credit_account_id} />
        </div>
        <div class="figure large">
          <span class="label">{words.amount}</span>
          <span class="value">
            <Amount value={transfer.amount} ledger={ledger} unit />
          </span>
        </div>
      </div>
      <Facts transfer={transfer} />
      {pending !== undefined && <Ending pending={pending} ledger={ledger} own={pending.id === id} />}
      <TransferPanel title={words.chain} rows={chain.length > 1 ? chain : []} />
      <TransferPanel title={words.sameReference} rows={alike.length > 1 ? alike : []} />
    </>
  );
}

function Facts({ transfer }: { transfer: Record }): JSX.Element {
  const words = say();
  const { id, ledger, code, flags, timestamp, timestamp_iso, user_data_128, user_data_64, user_data_32 } = transfer;
  const payment = hasService('payments') ? paymentOf(user_data_128) : undefined;
  return (
    <dl class="facts">
      <Fact name={words.id}>
        <WholeId id={id} />
      </Fact>
      <Fact name={words.time}>
        <Time at={timestamp} iso={timestamp_iso} /> <span class="hint iso">{timestamp_iso}</span>
      </Fact>
      <Fact name={words.ledger}>{ledgerText(ledger)}</Fact>
      <Fact name={words.code}>
        <a href={href(['transfers'], { ledger, code })}>{code}</a>
      </Fact>
      {flags.length > 0 && (
        <Fact name={words.flags}>
          <Flags flags={flags} />
        </Fact>
      )}
      {user_data_128 !== '0' && (
        <Fact name={words.reference}>
          <a href={href(['transfers'], { ref: user_data_128 })}>{user_data_128}</a>
        </Fact>
      )}
      {payment !== undefined && (
        <Fact name={words.payment}>
          <a href={href(['payment', payment])}>{payment}</a>
        </Fact>
      )}
      {user_data_64 !== '0' && <Fact name="user_data_64">{user_data_64}</Fact>}
      {user_data_32 !== 0 && <Fact name="user_data_32">{user_data_32}</Fact>}
    </dl>
  );
}

/** How a hold stands. `own`: it is the transfer on the screen. */
function Ending({ pending, ledger, own }: { pending: Pending; ledger: number; own: boolean }): JSX.Element {
  const words = say();
  const { state, amount, amount_posted, ended_by, ended_at, ended_at_iso, expires_at, expires_at_iso } = pending;
  return (
    <section class="panel" aria-labelledby="life">
      <h2 id="life">{own ? words.life : words.holdOf}</h2>
      <dl class="facts">
        {!own && (
          <Fact name={words.kinds.hold!}>
            <TransferLink id={pending.id} />
          </Fact>
        )}
        <Fact name={words.standing}>
          <Chip {...(state === 'open' ? { tone: 'open' as const } : {})}>{words.states[state] ?? state}</Chip>
        </Fact>
        <Fact name={words.amount}>
          <Amount value={amount} ledger={ledger} unit />
        </Fact>
        {state === 'posted' && (
          <Fact name={words.amountPosted}>
            <Amount value={amount_posted} ledger={ledger} unit />
          </Fact>
        )}
        {state === 'posted' && amount !== amount_posted && (
          <Fact name={words.released}>
            <Amount value={BigInt(amount) - BigInt(amount_posted)} ledger={ledger} unit />
          </Fact>
        )}
        {ended_by !== '0' && ended_by !== undefined && (
          <Fact name={words.endedBy}>
            <TransferLink id={ended_by} />
          </Fact>
        )}
        {ended_at !== '0' && (
          <Fact name={words.endedAt}>
            <Time at={ended_at} iso={ended_at_iso} />
          </Fact>
        )}
        {state === 'open' && (
          <Fact name={words.expires}>
            {expires_at === '0' ? words.never : <Time at={expires_at} iso={expires_at_iso} />}
          </Fact>
        )}
      </dl>
    </section>
  );
}

/** What became of something that was wanted: waiting, unknown, done or refused; the address survives a reload. */
import type { JSX } from 'preact';
import { askAgain, forget, type Intent, intents } from '../intents.ts';
import { Chip, Fact, Head, WholeId } from '../parts.tsx';
import { go, href } from '../router.ts';
import { say } from '../strings/index.ts';

export function Request({ id: key }: { id: string }): JSX.Element {
  const intent = intents.value.find((one) => one.key === key);
  if (intent === undefined) return <p class="empty">{say().empty}</p>;
  return <Outcome intent={intent} />;
}

function Outcome({ intent }: { intent: Intent }): JSX.Element {
  const words = say();
  const { what, id, state, status, key } = intent;
  const place = what === 'account' ? 'account' : what in words.verbs ? 'payment' : 'transfer';
  const titles = {
    account: words.newAccount,
    transfer: words.newTransfer,
    hold: words.newHold,
    post: words.postHold,
    void: words.voidHold,
    ...words.verbs,
  };
  const dismiss = (): void => {
    forget(key);
    go(['']);
  };
  return (
    <>
      <Head title={titles[what]} />
      <section class={`panel outcome ${state}`} role="status" aria-live="polite" data-state={state}>
        <State intent={intent} />
        <dl class="facts">
          <Fact name={words.id}>{place === 'payment' ? <code>{id}</code> : <WholeId id={id} />}</Fact>
          <Fact name="Idempotency-Key">
            <code>{key}</code>
          </Fact>
          {status !== undefined && (
            <Fact name={words.standing}>
              <code>{status}</code>
            </Fact>
          )}
        </dl>
        <div class="buttons">
          {state === 'done' && (
            <a class="button" href={href([place, id])}>
              {words.show}
            </a>
          )}
          {state === 'unknown' && (
            <button type="button" onClick={() => askAgain(key)}>
              {words.askAgain}
            </button>
          )}
          {(state === 'done' || state === 'refused') && (
            <button type="button" class="quiet" onClick={dismiss}>
              {words.dismiss}
            </button>
          )}
        </div>
      </section>
    </>
  );
}

function State({ intent: { state, status = '', next } }: { intent: Intent }): JSX.Element {
  const words = say();
  if (state === 'sent') return <p>{words.sending}</p>;
  if (state === 'unknown') return <p class="warning">{words.unknown}</p>;
  if (state === 'done') {
    return (
      <p>
        <Chip tone="good">{words.done}</Chip> {status === 'exists' ? words.doneBefore : ''}
      </p>
    );
  }
  return (
    <>
      <p>
        <Chip tone="bad">{status.replaceAll('_', ' ')}</Chip> {words.refused}
      </p>
      <p>{words.refusedNext[status] ?? next ?? words.refusedElse}</p>
    </>
  );
}

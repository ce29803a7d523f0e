/**
 * What stands between a form and its outcome: what would be. Nothing is sent until it was looked at; from then on the
 * request has its ids and its key, and they stay the same.
 */
import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Checked, type Effect, type Typed, warningsOf } from '../drafts.ts';
import { type What, want } from '../intents.ts';
import { AccountLink, Amount, Balance } from '../parts.tsx';
import { netOf } from '../records.ts';
import { go } from '../router.ts';
import { say } from '../strings/index.ts';

export interface Previewed {
  readonly id: string;
  readonly event: Checked['event'];
  readonly effects?: readonly [Effect, Effect];
}

/** Makes the intent once, whatever is clicked how often, and goes to where its outcome is told. */
export function useSubmit(what: What): (preview: Previewed) => void {
  const done = useSignal(false);
  return ({ id, event }) => {
    if (done.value) return;
    done.value = true;
    go(['request', want(what, { id, ...event })]);
  };
}

export function useTyped(presets: Typed): { typed: Signal<Typed>; put: (field: string) => (value: string) => void } {
  const typed = useSignal<Typed>(presets);
  const put = (field: string) => (value: string) => {
    typed.value = { ...typed.value, [field]: value };
  };
  return { typed, put };
}
/** After a refusal the first field that is wrong has the focus. */
export function focusFirst(form: HTMLElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
/** What would be. */
export function Preview({
  preview,
  submit,
}: {
  preview: Signal<Previewed | undefined>;
  submit: (preview: Previewed) => void;
}): JSX.Element {
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

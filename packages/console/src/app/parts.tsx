/** The small things that every screen is made of. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Problem } from './api.ts';
import { shortId, uuidOf } from './ids.ts';
import { href } from './router.ts';
import { amountText, nameOfAccount, timeText, unitOf } from './settings.ts';
import { say } from './strings/index.ts';

/** An amount in the person's numbers; the ledger's exact value stands in its title. */
export function Amount({
  value,
  ledger,
  unit,
}: {
  value: string | bigint;
  ledger: number;
  unit?: boolean;
}): JSX.Element {
  const exact = BigInt(value);
  const { name } = unitOf(ledger);
  return (
    <span class="amount" title={say().exact(String(exact), String(ledger))} data-exact={String(exact)}>
      {amountText(exact, ledger)}
      {unit && name !== '' && <span class="unit">{name}</span>}
    </span>
  );
}

/** A balance with the side that it is on, as accountants write it. */
export function Balance({ net, ledger, unit }: { net: bigint; ledger: number; unit?: boolean }): JSX.Element {
  const side = net === 0n ? '' : net > 0n ? say().cr : say().dr;
  return (
    <span class="balance" data-net={String(net)}>
      <Amount value={net < 0n ? -net : net} ledger={ledger} unit={unit === true} />
      <span class="side">{side}</span>
    </span>
  );
}

/** A moment in the person's zone; the ledger's own time in its title. */
export function Time({ at, iso }: { at: string; iso?: string | undefined }): JSX.Element | null {
  if (at === '0') return null;
  return (
    <time class="time" title={`${iso ?? ''} (${at})`} {...(iso === undefined ? {} : { dateTime: iso })}>
      {timeText(at)}
    </time>
  );
}

/** An account by its name, or by its id. */
export function AccountLink({ id }: { id: string }): JSX.Element {
  const name = nameOfAccount(id);
  return (
    <a class={name === undefined ? 'id' : 'named'} href={href(['account', id])} title={id}>
      {name ?? shortId(id)}
    </a>
  );
}

export function TransferLink({ id }: { id: string }): JSX.Element {
  return (
    <a class="id" href={href(['transfer', id])} title={id}>
      {shortId(id)}
    </a>
  );
}

/** A whole id that can be copied, with its UUID beside it. */
export function WholeId({ id }: { id: string }): JSX.Element {
  return (
    <span class="whole-id">
      <code title={uuidOf(id)}>{id}</code> <Copy text={id} />
    </span>
  );
}

export function Copy({ text }: { text: string }): JSX.Element {
  const copied = useSignal(false);
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => {
      copied.value = true;
      setTimeout(() => {
        copied.value = false;
      }, 1500);
    });
  };
  return (
    <button type="button" class="quiet" onClick={copy} aria-label={`${say().copy}: ${text}`}>
      {copied.value ? say().copied : say().copy}
    </button>
  );
}

export function Flags({ flags }: { flags: readonly string[] }): JSX.Element {
  return (
    <span class="flags">
      {flags.map((flag) => (
        <span class="flag" key={flag}>
          {flag.replaceAll('_', ' ')}
        </span>
      ))}
    </span>
  );
}

export function Chip({ tone, children }: { tone?: 'good' | 'bad' | 'open'; children: ComponentChildren }): JSX.Element {
  return <span class={`chip ${tone ?? ''}`}>{children}</span>;
}

/** Why something could not be had, and what to do about it. */
export function Trouble({ error, retry }: { error: unknown; retry?: () => void }): JSX.Element {
  const problem = error instanceof Problem ? error : undefined;
  return (
    <div class="trouble" role="alert">
      <strong>{problem?.code === 'connection_lost' ? say().unreachable : String((error as Error).message)}</strong>
      {problem !== undefined && problem.next !== '' && <p>{problem.next}</p>}
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          {say().again}
        </button>
      )}
    </div>
  );
}

export function Loading(): JSX.Element {
  return (
    <p class="loading" role="status">
      {say().loading}
    </p>
  );
}

/** A fact of a record: what it is called, and what it is. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A number that is looked at often. */
export function Figure({
  name,
  value,
  to,
  bad = false,
}: {
  name: string;
  value: string;
  to?: string;
  bad?: boolean;
}): JSX.Element {
  return (
    <div class={bad ? 'figure bad' : 'figure'}>
      <span class="label">{name}</span>
      <span class="value">{to === undefined ? value : <a href={to}>{value}</a>}</span>
    </div>
  );
}

/** A heading with what can be done beside it. */
export function Head({
  title,
  about,
  children,
}: {
  title: ComponentChildren;
  about?: string;
  children?: ComponentChildren;
}): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${heading.current?.textContent} · ${say().title}`;
  });
  return (
    <header class="head">
      <div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {about !== undefined && <p class="about">{about}</p>}
      </div>
      {children !== undefined && <div class="actions">{children}</div>}
    </header>
  );
}

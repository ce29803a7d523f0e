/** What stands around every screen: where one can go, the box to find things, and whether it moves. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { may, session } from './api.ts';
import { feedState, rate } from './feed.ts';
import { open } from './intents.ts';
import { going, helpShown, togglePause } from './keys.ts';
import { places } from './places.ts';
import { go, href, route } from './router.ts';
import { countText } from './settings.ts';
import { say } from './strings/index.ts';

export function Shell({ children }: { children: ComponentChildren }): JSX.Element {
  const main = useRef<HTMLElement>(null);
  const place = route.value.path.join('/');
  const first = useRef(true);
  // Whoever goes to another screen by key or reader begins at its top.
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo(0, 0);
  }, [place]);
  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {say().skip}
      </a>
      <header class="top">
        <a class="brand" href={href([])}>
          <Mark /> {say().title}
        </a>
        <FindBox />
        <Live />
      </header>
      <Nav />
      <main id="content" ref={main} tabIndex={-1}>
        {feedState.value === 'broken' && <p class="warning">{say().unreachable}</p>}
        <Waiting />
        {children}
        <Going />
      </main>
      <Help />
    </>
  );
}

/** A tally stick: notches on a split piece of wood. */
function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <rect x="1" y="7" width="22" height="10" rx="2" fill="none" stroke="currentColor" stroke-width="2" />
      <path d="M6 7v5M10 7v5M14 7v5M18 7v5" stroke="currentColor" stroke-width="2" />
    </svg>
  );
}

function Nav(): JSX.Element {
  const words = say();
  const here = route.value.path[0] ?? '';
  const current = (place: string): boolean => here === place || (here !== '' && `${here}s` === place);
  return (
    <nav class="places" aria-label={words.nav}>
      {places().map(({ path, name }) => (
        <a key={path} href={href(path === '' ? [] : [path])} aria-current={current(path) ? 'page' : undefined}>
          {name}
        </a>
      ))}
      {may('transfers:write') && (
        <a class="new" href={href(['new', 'transfer'])} aria-current={here === 'new' ? 'page' : undefined}>
          {words.newThing}
        </a>
      )}
    </nav>
  );
}

function FindBox(): JSX.Element {
  const words = say();
  const text = useSignal(route.value.query.get('q') ?? '');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (text.value.trim() !== '') go(['find'], { q: text.value.trim() });
  };
  return (
    <search>
      <form class="find" onSubmit={submit}>
        <input
          id="find"
          type="search"
          aria-label={words.find}
          placeholder={words.findHint}
          value={text.value}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <button type="submit" class="quiet">
          {words.find}
        </button>
      </form>
    </search>
  );
}

/** Whether what is shown moves with the ledger. */
function Live(): JSX.Element {
  const words = say();
  const state = feedState.value;
  const paused = state === 'paused';
  return (
    <div class={`live ${state}`}>
      <span class="dot" aria-hidden="true" />
      <span role="status">{words[state]}</span>
      {state === 'live' && (
        <span class="rate" aria-hidden="true">
          {countText(rate.value)}/s
        </span>
      )}
      <button type="button" class="quiet" onClick={togglePause} aria-pressed={paused}>
        {paused ? words.go : words.pause}
      </button>
    </div>
  );
}

/** Requests without an answer follow the person wherever it goes. */
function Waiting(): JSX.Element | null {
  const subject = session.value?.subject ?? null;
  const waiting = open.value.filter((intent) => intent.subject === subject);
  const [first] = waiting;
  if (first === undefined) return null;
  return (
    <p class="warning" role="alert">
      <a href={href(['request', first.key])}>{say().waiting(countText(waiting.length))}</a>
    </p>
  );
}

/** Behind `g`: where the next key leads. */
function Going(): JSX.Element {
  return (
    <p class="going" role="status">
      {going.value &&
        places().map(({ key, name }) => (
          <span key={key}>
            <kbd>{key}</kbd> {name}
          </span>
        ))}
    </p>
  );
}

function Help(): JSX.Element {
  const words = say();
  const screens = places();
  const about = [
    [screens.map(({ key }) => `g ${key}`).join(', '), screens.map(({ name }) => name).join(', ')],
    ...words.keysAbout,
  ] as const;
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpShown.value) box.current?.showModal();
    else box.current?.close();
  }, [helpShown.value]);
  return (
    <dialog
      ref={box}
      onClose={() => {
        helpShown.value = false;
      }}
      aria-labelledby="keys"
    >
      <h2 id="keys">{words.keys}</h2>
      <dl class="keys">
        {about.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">{words.close}</button>
      </form>
    </dialog>
  );
}

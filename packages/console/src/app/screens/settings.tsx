/** What a person may choose: kept by this browser, for this person alone. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { session } from '../api.ts';
import { Choice, Field } from '../form.tsx';
import { Fact, Head, Time } from '../parts.tsx';
import { signOut } from '../session.ts';
import { change, ledgersNamed, settings, unitOf, zone } from '../settings.ts';
import { say } from '../strings/index.ts';

const LOCALES = ['en-GB', 'en-US', 'de-DE', 'de-CH', 'fr-FR', 'es-ES', 'sv-SE', 'ja-JP', 'hi-IN', 'ar-EG'];
const SCALE_MAX = 30;

export function SettingsScreen(): JSX.Element {
  const words = say();
  const { language, theme, locale, zone: chosen } = settings.value;
  const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')];
  const both = (name: string): readonly [string, string] => [name, name];
  return (
    <>
      <Head title={words.settings} />
      <div class="fields">
        <Choice
          label={words.languageWord}
          value={language}
          options={[
            ['auto', words.automatic],
            ['en', 'English'],
            ['de', 'Deutsch'],
          ]}
          onChange={(value) => change({ language: value as 'auto' })}
        />
        <Choice
          label={words.theme}
          value={theme}
          options={[
            ['auto', words.automatic],
            ['light', words.themeLight],
            ['dark', words.themeDark],
          ]}
          onChange={(value) => change({ theme: value as 'auto' })}
        />
        <Choice
          label={words.numbers}
          value={locale}
          options={[
            ['auto', words.automatic],
            ...LOCALES.map((name) => [name, `${name}: ${(1234.5).toLocaleString(name)}`] as const),
          ]}
          onChange={(value) => change({ locale: value })}
        />
        <Choice
          label={words.zoneWord}
          value={chosen}
          options={[['auto', `${words.automatic} (${zone.value})`], ...zones.map(both)]}
          onChange={(value) => change({ zone: value })}
        />
      </div>
      <Units />
      <Who />
    </>
  );
}

/** Names and scales of ledgers, over those that imported books bring. */
function Units(): JSX.Element {
  const words = say();
  const typed = useSignal({ ledger: '', name: '', scale: '2' });
  const { ledger, name, scale } = typed.value;
  const good = /^[1-9]\d{0,9}$/.test(ledger) && /^\d{1,2}$/.test(scale) && Number(scale) <= SCALE_MAX;
  const put = (some: Partial<typeof typed.value>): void => {
    typed.value = { ...typed.value, ...some };
  };
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!good) return;
    change({ units: { ...settings.value.units, [ledger]: { name: name.trim(), scale: Number(scale) } } });
    put({ ledger: '', name: '' });
  };
  const remove = (number: number): void => {
    const { [number]: _, ...others } = settings.value.units;
    change({ units: others });
  };
  return (
    <section class="panel" aria-labelledby="units">
      <h2 id="units">{words.ledgers}</h2>
      <p class="about">{words.ledgersAbout}</p>
      <ul class="plain">
        {ledgersNamed().map((number) => (
          <li key={number}>
            <strong>{unitOf(number).name || number}</strong> · {words.ledger} {number} · {words.scale}:{' '}
            {unitOf(number).scale}{' '}
            {settings.value.units[number] !== undefined && (
              <button
                type="button"
                class="quiet"
                onClick={() => remove(number)}
                aria-label={`${words.remove}: ${number}`}
              >
                {words.remove}
              </button>
            )}
          </li>
        ))}
      </ul>
      <form class="filters" onSubmit={add}>
        <Field label={words.ledger} value={ledger} onInput={(value) => put({ ledger: value })} inputMode="numeric" />
        <Field label={words.name} value={name} onInput={(value) => put({ name: value })} />
        <Field label={words.scale} value={scale} onInput={(value) => put({ scale: value })} inputMode="numeric" />
        <div class="field buttons">
          <button type="submit" disabled={!good}>
            {words.add}
          </button>
        </div>
      </form>
    </section>
  );
}

function Who(): JSX.Element {
  const words = say();
  const { subject, role, scopes, expires_ms: expires, version, folder, wants_token } = session.value ?? {};
  return (
    <section class="panel" aria-labelledby="who">
      <h2 id="who">{words.thisServer}</h2>
      <dl class="facts">
        <Fact name={words.signedInAs}>{subject ?? words.nobody}</Fact>
        <Fact name={words.role}>{role}</Fact>
        {scopes != null && <Fact name={words.scopes}>{scopes.join(', ')}</Fact>}
        {expires != null && (
          <Fact name={words.tokenEnds}>
            <Time at={`${Math.round(expires)}000000`} />
          </Fact>
        )}
        <Fact name={words.title}>{version}</Fact>
        <Fact name={words.ledger}>{folder}</Fact>
      </dl>
      {wants_token === true && (
        <p>
          <button type="button" onClick={() => void signOut(false)}>
            {words.signOut}
          </button>{' '}
          <button type="button" class="quiet" onClick={() => void signOut(true)}>
            {words.signOutEverywhere}
          </button>
        </p>
      )}
    </section>
  );
}

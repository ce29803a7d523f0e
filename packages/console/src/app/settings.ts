/** What a person has chosen, kept by the browser; and what ledgers and accounts are called. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { ask } from './api.ts';
import { formatAmount, formatWhole, type Unit } from './money.ts';

export interface Settings {
  /** `auto`: the browser's. */
  readonly language: 'auto' | 'en' | 'de';
  readonly theme: 'auto' | 'light' | 'dark';
  readonly locale: string;
  readonly zone: string;
  /** By ledger: what the person calls it. */
  readonly units: { readonly [ledger: string]: { readonly name: string; readonly scale: number } };
}

const KEY = 'tallystick';
const DEFAULTS: Settings = { language: 'auto', theme: 'auto', locale: 'auto', zone: 'auto', units: {} };

function load(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>) };
  } catch {
    return DEFAULTS;
  }
}

export const settings: Signal<Settings> = signal<Settings>(load());

export function change(some: Partial<Settings>): void {
  settings.value = { ...settings.value, ...some };
  try {
    localStorage.setItem(KEY, JSON.stringify(settings.value));
  } catch {
    // A browser that keeps nothing forgets them with the page.
  }
}

export const language: ReadonlySignal<'en' | 'de'> = computed(() => {
  const { language: chosen } = settings.value;
  if (chosen !== 'auto') return chosen;
  return navigator.language.startsWith('de') ? 'de' : 'en';
});

export const locale: ReadonlySignal<string> = computed(() => {
  const { locale: chosen } = settings.value;
  if (chosen !== 'auto') return chosen;
  return navigator.languages.find((name) => name.startsWith(language.value)) ?? navigator.language ?? 'en';
});

export const zone: ReadonlySignal<string> = computed(() => {
  const { zone: chosen } = settings.value;
  return chosen === 'auto' ? Intl.DateTimeFormat().resolvedOptions().timeZone : chosen;
});

interface Names {
  readonly commodities: readonly { readonly name: string; readonly ledger: number; readonly scale: number }[];
  readonly accounts: readonly { readonly name: string; readonly id: string; readonly digits: number }[];
}

const names = signal<Names>({ commodities: [], accounts: [] });
const unitsNamed = computed(() => new Map(names.value.commodities.map((one) => [one.ledger, one])));
const accountsNamed = computed(() => new Map(names.value.accounts.map((one) => [one.id, one])));
const PLACES = 2;

export async function loadNames(): Promise<void> {
  names.value = await ask<Names>('names');
}

/** How the amounts of a ledger are shown: as the person says, else as imported books say, else as they are. */
export function unitOf(ledger: number): Unit {
  const own = settings.value.units[ledger];
  if (own !== undefined) return { ...own, digits: own.scale };
  const named = unitsNamed.value.get(ledger);
  if (named !== undefined) return { name: named.name, scale: named.scale, digits: Math.min(PLACES, named.scale) };
  return { name: '', scale: 0, digits: 0 };
}

export function nameOfAccount(id: string): string | undefined {
  return accountsNamed.value.get(id)?.name;
}

/** Ledgers that somebody has a name for. */
export function ledgersNamed(): number[] {
  const own = Object.keys(settings.value.units).map(Number);
  return [...new Set([...unitsNamed.value.keys(), ...own])].sort((a, b) => a - b);
}

/** Accounts whose names contain a text, the shortest names first. */
export function accountsCalled(text: string, max: number): { readonly name: string; readonly id: string }[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  return names.value.accounts
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .sort((a, b) => a.name.length - b.name.length)
    .slice(0, max);
}

export function amountText(value: bigint, ledger: number): string {
  return formatAmount(value, unitOf(ledger), locale.value);
}

export function countText(value: bigint | number): string {
  return formatWhole(value, locale.value);
}

const dates = new Map<string, Intl.DateTimeFormat>();

function dateFormat(): Intl.DateTimeFormat {
  const key = `${locale.value} ${zone.value}`;
  let format = dates.get(key);
  if (format === undefined) {
    const day = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
    format = new Intl.DateTimeFormat(locale.value, { timeZone: zone.value, ...day, ...time });
    dates.set(key, format);
  }
  return format;
}

/** Nanoseconds since the epoch, in the person's zone, to the second; `ms` behind it where wanted. */
export function timeText(nanoseconds: string): string {
  if (nanoseconds === '0') return '';
  return dateFormat().format(Number(BigInt(nanoseconds) / 1_000_000n));
}

/** Begins to show the page as it was chosen. */
export function applySettings(): void {
  effect(() => {
    const root = document.documentElement;
    root.lang = language.value;
    if (settings.value.theme === 'auto') delete root.dataset.theme;
    else root.dataset.theme = settings.value.theme;
  });
}

/**
 * The change feed of the API, as server-sent events, read so that no rate of changes freezes the page: lines are
 * counted as they come and kept as text, and once a frame the newest few become what is shown. A tab that nobody sees
 * lets its connection go, because a browser has only six for a server.
 */
import { type Signal, signal } from '@preact/signals';
import { askOne, request, session } from './api.ts';
import type { Change, Snapshot } from './records.ts';

/** Changes that the page shows at most, and the lines that wait for a frame. */
const SHOWN_MAX = 100;
const BUFFER_MAX = 4096;
const SHOW_MS = 250;
const RETRY_MS = 1000;

export type FeedState = 'off' | 'connecting' | 'live' | 'paused' | 'broken';

export const feedState: Signal<FeedState> = signal<FeedState>('off');
/** The newest changes, the newest first. */
export const recent: Signal<readonly Change[]> = signal<readonly Change[]>([]);
/** Changes in the last second. */
export const rate: Signal<number> = signal(0);
/** Grows with every frame that brought changes. */
export const beats: Signal<number> = signal(0);
/** Grows when changes may have been missed: what is shown has to be asked for again. */
export const missed: Signal<number> = signal(0);

type Watcher = (changes: readonly Change[]) => void;
const watchers = new Map<Watcher, string>();

let since: string | undefined;
let ending: AbortController | undefined;
let buffer: string[] = [];
let counted = 0;
let countedAt = 0;
let shownAt = 0;
let scheduled = false;

/** Tells of changes whose text contains the id, at most once a frame. Returns what ends that. */
export function watchAccount(id: string, watcher: Watcher): () => void {
  watchers.set(watcher, `"${id}"`);
  return () => watchers.delete(watcher);
}

export function pauseFeed(): void {
  stop('paused');
}

export function startFeed(): void {
  if (ending !== undefined) return;
  const own = new AbortController();
  ending = own;
  void follow(own.signal);
}

export function stop(state: FeedState): void {
  ending?.abort();
  ending = undefined;
  since = undefined;
  feedState.value = state;
  rate.value = 0;
}

/** Follows the feed until it is stopped; after a break it goes on behind the last change that it has heard of. */
async function follow(ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    feedState.value = 'connecting';
    try {
      if (since === undefined) {
        const snapshot = await askOne<Snapshot>('get_snapshot', {}, ended);
        since = snapshot!.timestamp;
        missed.value += 1;
      }
      await readFeed(since, ended);
    } catch {
      if (ended.aborted) return;
    }
    if (session.peek()?.signed_in !== true) return stop('off');
    feedState.value = 'broken';
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function readFeed(from: string, ended: AbortSignal): Promise<void> {
  const accept = 'text/event-stream';
  const response = await request(`v1/changes?since=${from}`, { accept, signal: ended });
  feedState.value = 'live';
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('data: ')) buffer.push(line);
      else if (line.startsWith('id: ')) since = line.slice(4);
    }
    if (buffer.length > 0 && !scheduled) {
      scheduled = true;
      requestAnimationFrame(show);
    }
  }
}

/** One frame: counts, tells those who watch an account, and now and then shows the newest. */
function show(now: number): void {
  scheduled = false;
  counted += buffer.length;
  if (now - countedAt >= 1000) {
    rate.value = countedAt === 0 ? counted : Math.round((counted * 1000) / (now - countedAt));
    counted = 0;
    countedAt = now;
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      rate.value = counted;
      counted = 0;
      countedAt = 0;
    }, 1500);
  }
  const lines = buffer.length > BUFFER_MAX ? buffer.slice(-BUFFER_MAX) : buffer;
  buffer = [];
  for (const [watcher, mark] of watchers) {
    const about = lines.filter((line) => line.includes(mark));
    if (about.length > 0) watcher(about.slice(-SHOWN_MAX).map(parse));
  }
  waiting = [...waiting, ...lines].slice(-SHOWN_MAX);
  if (now - shownAt < SHOW_MS && !due) {
    due = true;
    setTimeout(() => requestAnimationFrame(showRecent), SHOW_MS);
  } else if (!due) showRecent(now);
}

let waiting: string[] = [];
let due = false;
let quiet: ReturnType<typeof setTimeout> | undefined;

function showRecent(now: number): void {
  due = false;
  shownAt = now;
  const fresh = waiting.map(parse).reverse();
  waiting = [];
  recent.value = [...fresh, ...recent.value].slice(0, SHOWN_MAX);
  beats.value += 1;
}

function parse(line: string): Change {
  return JSON.parse(line.slice('data: '.length)) as Change;
}

/** A tab in the background does not listen; when it is seen again, it asks anew for what it shows. */
export function sleepWhileHidden(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      if (ending !== undefined) stop('off');
    } else if (feedState.peek() === 'off' && session.peek()?.signed_in === true) startFeed();
  });
}

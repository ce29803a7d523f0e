/**
 * The servers of a client: one, or the nodes of a cluster. A node that does not lead sends the client to the one that
 * does (307), and the client goes there itself, for `fetch` would leave its token behind. It stays there until that
 * node does not answer any more.
 */

/** Redirects that one request follows: a lead that moves while it is asked for moves on. */
const HOPS_MAX = 4;

export class Nodes {
  readonly #urls: readonly string[];
  readonly #fetch: typeof fetch;
  #next = 0;
  #leader: string | undefined;

  constructor(urls: readonly string[], ask: typeof fetch) {
    if (urls.length === 0) throw new TypeError('a client needs the address of a server');
    this.#urls = urls.map((url) => url.replace(/\/+$/, ''));
    this.#fetch = ask;
  }

  /** Rejects as `fetch` does. `path`: with its query, from the server's root. */
  async ask(path: string, init: RequestInit): Promise<Response> {
    let url = (this.#leader ?? this.#urls[this.#next]!) + path;
    for (let hops = 0; ; hops++) {
      const response = await this.#fetch(url, { ...init, redirect: 'manual' });
      const location = response.headers.get('location');
      if (response.status !== 307 || location === null || hops === HOPS_MAX) return response;
      const there = new URL(location, url);
      if (url.startsWith('https:') && there.protocol !== 'https:') return response;
      await response.body?.cancel();
      // Servers may stand behind a prefix; what they are asked for begins behind it.
      const at = there.href.lastIndexOf(path);
      if (at > 0) this.#leader = there.href.slice(0, at);
      url = there.href;
    }
  }

  /** Whoever was asked last does not answer, or cannot. */
  turn(): void {
    if (this.#leader === undefined) this.#next = (this.#next + 1) % this.#urls.length;
    this.#leader = undefined;
  }
}

/** Whether a request comes from our own page: a browser says so, and no page can make it lie. */
import type { IncomingHttpHeaders } from 'node:http';

/**
 * By `Sec-Fetch-Site`, which every browser of these years sends; where one does not, the name in `Origin` must be the
 * one that the browser called. A program that is no browser sends neither, and has no cookie to misuse.
 */
export function sameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.host;
}

/** The target of a request: the host that it names, and the path. */

/** The name in a Host header, without its port. */
export function hostOf(header: string | undefined): string {
  return (header ?? '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

/** A proxy may send the whole address (RFC 9112, 3.2.2). */
export function targetOf(url: string): { readonly path: string; readonly search: string } {
  const target = url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, search: '' };
  return { path: target.slice(0, mark), search: target.slice(mark + 1) };
}

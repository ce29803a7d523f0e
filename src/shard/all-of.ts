/** Waits for all, and rejects as the first that did: what was sent is answered before anybody is told. */
export async function allOf(all: readonly Promise<void>[]): Promise<void> {
  const ended = await Promise.allSettled(all);
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/**
 * Members of all objects in a value that was parsed, each name once. A parser that finds a name twice keeps the last:
 * where the text had more members than this, one of them was lost.
 */
export function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) if (typeof item === 'object') count += membersOf(item);
    return count;
  }
  // Bytes, times and the like are values of MessagePack, without members.
  if (Object.getPrototypeOf(value) !== Object.prototype) return 0;
  const object = value as { readonly [name: string]: unknown };
  for (const name in object) {
    count++;
    const member = object[name];
    if (typeof member === 'object') count += membersOf(member);
  }
  return count;
}

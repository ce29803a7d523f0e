/** Prints numbers with names: a `const` object, readable both ways, the type of its values, and each member's. */
import { allEnums, header } from './shared.ts';

const reversible = `
/** Names by number as well as numbers by name. */
export type Reversible<T> = T & { readonly [value: number]: string };

function reversible<T extends Record<string, number>>(members: T): Reversible<T> {
  const names = Object.entries(members).map(([name, value]) => [value, name]);
  return Object.freeze({ ...members, ...Object.fromEntries(names) }) as Reversible<T>;
}
`;

export function printEnums(): string {
  const text = allEnums.map(({ name, about, kind, members }) => {
    const local = name[0]!.toLowerCase() + name.slice(1);
    const lines = members.map((member) => `  /** ${member.about} */\n  ${member.name}: ${member.value},`);
    return `const ${local} = {\n${lines.join('\n')}\n} as const;

/** ${about} */
export const ${name}: Reversible<typeof ${local}> = reversible(${local});
export type ${name} = ${kind === 'flags' ? 'number' : `(typeof ${local})[keyof typeof ${local}]`};
/** Its members as types, as those of an enum are: \`${name}.${members[0]!.name}\`. */
export declare namespace ${name} {
${members.map((member) => `  type ${member.name} = ${member.value};`).join('\n')}
}
`;
  });
  return `${header}${reversible}\n${text.join('\n')}`;
}

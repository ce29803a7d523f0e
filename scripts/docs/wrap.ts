/** Breaks printed lines at 120 columns. Tables, headings and code spans stay in one piece. */

const COLUMNS = 120;

export function wrap(text: string): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length <= COLUMNS || /^(\||#|!\[)/.test(line) ? [line] : broken(line)))
    .join('\n');
}

function broken(line: string): string[] {
  const indent = line.startsWith('- ') ? '  ' : '';
  const lines: string[] = [];
  let current = '';
  for (const [word] of line.matchAll(/(?:`[^`]*`|[^\s`])+/g)) {
    if (current === '') current = word;
    else if (current.length + 1 + word.length <= COLUMNS) current += ` ${word}`;
    else {
      lines.push(current);
      current = indent + word;
    }
  }
  return [...lines, current];
}

/** What a table shows, as a file: amounts are exact whole numbers of the smallest unit, times the ledger's own. */

export interface ExportColumn<Row> {
  readonly key: string;
  readonly text: (row: Row) => string;
}

/** Spreadsheets run what begins like a formula; such text gets a mark in front, numbers do not. */
function cell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d+$)/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvOf<Row>(columns: readonly ExportColumn<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ key }) => cell(key)), ...rows.map((row) => columns.map(({ text }) => cell(text(row))))];
  return `${lines.map((line) => line.join(',')).join('\r\n')}\r\n`;
}

export function jsonOf<Row>(columns: readonly ExportColumn<Row>[], rows: readonly Row[]): string {
  const records = rows.map((row) => Object.fromEntries(columns.map(({ key, text }) => [key, text(row)])));
  return `${JSON.stringify(records, null, 1)}\n`;
}

export function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Prints the catalogue of payments' refusals, and what each status of the ledger means there. */
import { type Control, meaningOf, refusals } from '../../packages/services/src/base/outcomes.ts';
import { CreateTransferStatus } from '../../src/model/index.ts';

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export function printPaymentOutcomes(): string {
  const rows = Object.entries(refusals).map(([code, { http, about, retry, next }]) =>
    row(`<a id="${code}"></a>\`${code}\``, String(http), about, retry === 'never' ? '' : 'under a new key', next),
  );
  return `<!-- Printed by scripts/generate.ts from packages/services/src/base: change that, then \`npm run generate\`. -->

# Outcomes of payments

A payment that is refused is no error: \`outcome\` is \`refused\` in process, and over HTTP the answer is a problem (RFC
9457) with the same \`code\`, \`next\` and \`retry\`. The answer under one idempotency key stays the same for ever. What
cannot be asked at all (\`invalid_argument\`, \`not_found\`, and \`request_reused\` for a key that names another request)
is an [error](errors.md), and nothing was done. After any other error the outcome is unknown: the same request under the
same key finds out.

${row('code', 'HTTP', 'what happened', 'the same wish again', 'what to do next')}
|---|---|---|---|---|
${rows.join('\n')}

## From the ledger's statuses
The first transfer of a chain that the ledger refused says why, by its [status](statuses.md) and by what it was for.

${row('status', 'money', 'what can go back', 'a hold')}
|---|---|---|---|
${statuses().join('\n')}
`;
}

const CONTROLS: readonly Control[] = ['money', 'allowance', 'hold'];

/** Statuses that requests cannot provoke are left out; a test looks at those. */
function statuses(): string[] {
  return Object.entries(CreateTransferStatus).flatMap(([name, status]) => {
    if (typeof status !== 'number') return [];
    const meanings = CONTROLS.map((control) => meaningOf(status, control));
    if (meanings.some((meaning) => meaning === 'unexpected' || meaning === 'exists')) return [];
    const link = `[\`${name}\`](statuses.md#createtransferstatus-${name})`;
    return [row(link, ...meanings.map((meaning) => `[\`${meaning}\`](#${meaning})`))];
  });
}

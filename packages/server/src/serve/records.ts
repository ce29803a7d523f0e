/**
 * What is written down of callers: each refusal with its reason in the log, and, where it is asked for, each create in
 * a file of its own, a line of JSON:
 *
 *   {"time":"…","door":"http","address":"10.0.0.7 41022","sub":"payments","role":"write","shown":"token",
 *    "operation":"create_transfers","events":2,"timestamp":"1732…","op":7}
 *
 * The timestamp is the last event's, as the ledger stamped it: it is unique, and found again in transfers, accounts and
 * changes. The op is the batch's, as `inspect` and the witness count them. A caller whom nobody asks has no `sub`. One
 * whose credential names a tenant has a `tenant`.
 */
import { closeSync, fchmodSync, openSync, writeSync } from 'node:fs';
import { Operation, TallystickError } from 'tallystick/internal/model';
import type { Records } from '../identity/index.ts';
import type { Logger } from '../observe/index.ts';

const OWNER_ONLY = 0o600;
/** Lines a second. A flood of strangers must not fill the disk with what is known of them. */
const REFUSALS_MAX = 100;
const SECOND = 1000;

/** Throws `configuration_invalid` if the file cannot be had. */
export function openRecords(audit: string | undefined, log: Logger): Records & { close(): void } {
  const refused = refusals(log);
  if (audit === undefined) return { refused, close: () => {} };
  const file = openAudit(audit);
  let failed = false;
  return {
    refused,
    did({ operation, timestamp, ...deed }) {
      const line = {
        time: new Date().toISOString(),
        ...deed,
        operation: Operation[operation],
        timestamp: String(timestamp),
      };
      try {
        writeSync(file, `${JSON.stringify(line)}\n`);
        failed = false;
      } catch (err) {
        if (!failed) log.error({ err, audit }, 'the audit log cannot be written: what is done now is not in it');
        failed = true;
      }
    },
    close: () => closeSync(file),
  };
}

function openAudit(path: string): number {
  try {
    const file = openSync(path, 'a', OWNER_ONLY);
    fchmodSync(file, OWNER_ONLY);
    return file;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new TallystickError('configuration_invalid', `log.audit: ${path} cannot be written: ${why}`, { cause });
  }
}

function refusals(log: Logger): Records['refused'] {
  let since = 0;
  let lines = 0;
  return (record) => {
    const now = performance.now();
    if (now - since >= SECOND) {
      if (lines > REFUSALS_MAX) log.warn({ count: lines - REFUSALS_MAX }, 'more were refused');
      since = now;
      lines = 0;
    }
    lines++;
    if (lines <= REFUSALS_MAX) log.warn(record, 'refused');
  };
}

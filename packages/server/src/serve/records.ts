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
import { Operation, operationShapes, TallystickError } from 'tallystick/internal/model';
import type { AuditTrail } from '../audit/index.ts';
import type { Configuration } from '../config/index.ts';
import type { Records } from '../identity/index.ts';
import type { Logger } from '../observe/index.ts';
import { auditPath } from './audit.ts';

const OWNER_ONLY = 0o600;
/** Lines a second. A flood of strangers must not fill the disk with what is known of them. */
const REFUSALS_MAX = 100;
const SECOND = 1000;

export interface OpenRecords extends Records {
  /** Goes on in the audit trail as well. Without one that is configured nothing more is told. */
  begin(trail: AuditTrail | undefined): void;
  /** Keys, roles or tenants were changed. */
  changed(change: object): void;
  close(): void;
}

/** Throws `configuration_invalid` if a file cannot be had. */
export function openRecords(configuration: Configuration, log: Logger): OpenRecords {
  const logged = refusals(log);
  const path = configuration['log.audit'];
  const lines = path === undefined ? undefined : new Lines(path, log);
  let trail: AuditTrail | undefined;
  const deeds: Records['deeds'] = {
    reads: configuration['audit.reads'],
    blocked: () => trail?.blocked,
    of(doer) {
      const who = JSON.stringify(doer).slice(1, -1);
      // Text put together by hand: objects, copied and turned into JSON, cost as much as the transfer did.
      return (operation, events, timestamp, op) => {
        const what = `${who},"operation":"${Operation[operation]}","events":${events}`;
        if (!operationShapes[operation as Operation].journalled) {
          trail?.read(what);
          return;
        }
        const done = `${what},"timestamp":"${timestamp}"`;
        lines?.add(done, op);
        trail?.wrote(done, op);
      };
    },
  };
  const isAsked = lines !== undefined || auditPath(configuration) !== undefined;
  return {
    refused(record) {
      if (logged(record)) trail?.add({ kind: 'refused', ...record });
    },
    ...(isAsked ? { deeds } : {}),
    begin: (opened) => {
      trail = opened;
    },
    changed: (change) => trail?.add({ kind: 'changed', ...change }),
    close() {
      trail?.add({ kind: 'ended' });
      trail?.close();
      lines?.close();
    },
  };
}

/** A line of JSON for each create. */
class Lines {
  readonly #path: string;
  readonly #file: number;
  readonly #log: Logger;
  #failed = false;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
    this.#file = openAudit(path);
  }

  add(done: string, op: number | undefined): void {
    const batch = op === undefined ? '' : `,"op":${op}`;
    try {
      writeSync(this.#file, `{"time":"${new Date().toISOString()}",${done}${batch}}\n`);
      this.#failed = false;
    } catch (err) {
      const audit = this.#path;
      if (!this.#failed)
        this.#log.error({ err, audit }, 'the audit log cannot be written: what is done now is not in it');
      this.#failed = true;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
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

/** Whether it was told, or is one of too many. */
function refusals(log: Logger): (record: Parameters<Records['refused']>[0]) => boolean {
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
    return lines <= REFUSALS_MAX;
  };
}

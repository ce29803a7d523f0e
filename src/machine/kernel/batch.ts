/** State of the batch of transfers that is being executed. */

/** Whether its events bring their own timestamps: the first one decides. */
export let imported: bool = false;
/** The timestamp of the last event's place. */
export let timestamp: u64 = 0;
/** The timestamp beside the status of the event just executed: the stored one for `created` and `exists`. */
export let resultTimestamp: u64 = 0;

export function begin(isImported: bool, lastTimestamp: u64): void {
  imported = isImported;
  timestamp = lastTimestamp;
}

@inline export function answerWith(at: u64): void {
  resultTimestamp = at;
}


/** The results of a batch of creates, 16 bytes each; those of accounts and of transfers lie alike. */
import * as g from "./gen";

@inline export function putResult(reply: usize, index: u32, timestamp: u64, status: i32): void {
  const result = reply + ((index as usize) << 4);
  store<u64>(result, timestamp, g.CREATE_TRANSFER_RESULT_TIMESTAMP);
  // With the reserved half, which is zero.
  store<u64>(result, status as u32 as u64, g.CREATE_TRANSFER_RESULT_STATUS);
}

@inline export function putStatus(reply: usize, index: u32, status: i32): void {
  store<u32>(reply + ((index as usize) << 4), status as u32, g.CREATE_TRANSFER_RESULT_STATUS);
}

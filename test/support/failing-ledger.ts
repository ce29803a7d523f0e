/** A ledger some of whose creates are lost, as if the process that asked had died. */
import { type AnyTransferInput, type Ledger, TransferBatch } from '../../src/index.ts';

function eventsOf(transfers: readonly AnyTransferInput[] | TransferBatch): readonly AnyTransferInput[] {
  if (!(transfers instanceof TransferBatch)) return transfers;
  return Array.from({ length: transfers.count }, (_, index) => transfers.get(index));
}

/** The ledger, whose calls `lose` may have fail: before they are done, or after. */
export function failing(ledger: Ledger, lose: (transfer: AnyTransferInput) => 'before' | 'after' | undefined): Ledger {
  return new Proxy(ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'createTransfers') return value.bind(target);
      return async (transfers: readonly AnyTransferInput[] | TransferBatch): Promise<unknown> => {
        const when = eventsOf(transfers)
          .map(lose)
          .find((one) => one !== undefined);
        if (when === 'before') throw new Error('the router dies');
        const results = await target.createTransfers(transfers as AnyTransferInput[]);
        if (when === 'after') throw new Error('the router dies');
        return results;
      };
    },
  });
}

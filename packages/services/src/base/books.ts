/** Accounts of customers and of the operator: their ids follow from their names, so nothing has to be looked up. */
import {
  type Account,
  AccountFlags,
  type AccountInput,
  CreateAccountStatus,
  type Ledger,
  TallystickError,
} from 'tallystick/internal/model';
import { type Asset, type Assets, ControlBook, ledgerOf } from './assets.ts';
import { type AccountKind, CONTROL, FEE_INCOME, kinds } from './codes.ts';
import { baseOf, legId } from './ids.ts';
import { refusalAccountsOf } from './plan.ts';

const { debits_must_not_exceed_credits, history } = AccountFlags;
const { created, exists } = CreateAccountStatus;

/** Ids that are remembered of a kind, and of an asset. */
const IDS_MAX = 100_000;

export class Books {
  readonly tenant: number;
  readonly assets: Assets;
  /** Books whose operator's accounts are there. */
  readonly #ready = new Set<number>();
  /** Ids of things that were named before, by kind and key: each costs a digest. */
  readonly #ids = new Map<string, Map<string, bigint>>();
  /** Ids of people's accounts, by asset and name. */
  readonly #accounts = new Map<Asset, Map<string, bigint>>();

  constructor(tenant: number, assets: Assets) {
    this.tenant = tenant;
    this.assets = assets;
  }

  /** The account of a name in an asset: a name has one in each. */
  accountId(name: string, asset: Asset): bigint {
    const known = this.#accounts.get(asset)?.get(name);
    if (known !== undefined) return known;
    const id = legId(baseOf('account', this.tenant, `${asset.code}/${name}`), 1);
    remember(this.#accounts, asset, name, id);
    return id;
  }

  /** The account of a kind with a key. */
  idOf(kind: string, key: string): bigint {
    const known = this.#ids.get(kind)?.get(key);
    if (known !== undefined) return known;
    const id = legId(baseOf(kind, this.tenant, key), 1);
    remember(this.#ids, kind, key, id);
    return id;
  }

  /** Where fees go. */
  feesId({ code }: Asset): bigint {
    return this.idOf('operator', `${code}/fees`);
  }

  /** Where allowances come from, and go to when they are used. */
  get allowancesId(): bigint {
    return this.idOf('operator', 'allowances');
  }

  /** What can still be given back of a payment. */
  refundableId(payment: bigint): bigint {
    return legId(baseOf('refundable', this.tenant, payment.toString(16)), 1);
  }

  ledgerOf(asset: Asset): number {
    return ledgerOf(this.tenant, asset.book);
  }

  get limitsLedger(): number {
    return ledgerOf(this.tenant, ControlBook.limits);
  }

  /** Where approvals come from, and go to when they are used. */
  get votersId(): bigint {
    return this.idOf('operator', 'voters');
  }

  get votesLedger(): number {
    return ledgerOf(this.tenant, ControlBook.votes);
  }

  get metersLedger(): number {
    return ledgerOf(this.tenant, ControlBook.meters);
  }

  get prepaidId(): bigint {
    return this.idOf('operator', 'prepaid');
  }

  get postpaidId(): bigint {
    return this.idOf('operator', 'postpaid');
  }

  /** What the tenant has used. */
  get usedId(): bigint {
    return this.idOf('operator', 'used');
  }

  /** Opens an account, or finds that it is open. Rejects with `request_reused` where it is open as another kind. */
  async open(ledger: Ledger, name: string, asset: Asset, kind: AccountKind): Promise<void> {
    await this.prepare(ledger, asset);
    const { code, limited } = kinds[kind];
    const flags = history | (limited ? debits_must_not_exceed_credits : 0);
    const owner = baseOf('owner', this.tenant, name);
    const id = this.accountId(name, asset);
    const [result] = await ledger.createAccounts([
      { id, ledger: this.ledgerOf(asset), code, flags, user_data_128: owner },
    ]);
    if (isThere(result!.status)) return;
    throw new TallystickError('request_reused', `the account ${name} is open in ${asset.code} as another kind`);
  }

  async find(ledger: Ledger, name: string, asset: Asset): Promise<Account | undefined> {
    const [account] = await ledger.lookupAccounts([this.accountId(name, asset)]);
    return account;
  }

  /** Undefined: they are there. */
  prepareNow(ledger: Ledger, asset: Asset): Promise<void> | undefined {
    return this.#ready.has(this.ledgerOf(asset)) ? undefined : this.prepare(ledger, asset);
  }

  /** The operator's accounts are there when it resolves. They are made once for each process, and again harmlessly. */
  async prepare(ledger: Ledger, asset: Asset): Promise<void> {
    const book = this.ledgerOf(asset);
    if (this.#ready.has(book)) return;
    const refusals = ledgerOf(this.tenant, ControlBook.refusals);
    await create(ledger, [
      { id: this.feesId(asset), ledger: book, code: FEE_INCOME },
      { id: this.allowancesId, ledger: this.limitsLedger, code: CONTROL },
      { id: this.votersId, ledger: this.votesLedger, code: CONTROL },
      ...refusalAccountsOf(this.tenant).map((id) => ({ id, ledger: refusals, code: CONTROL })),
    ]);
    this.#ready.add(book);
  }

  /** Opens an account that counts units, or finds it open as it is. */
  async openControl(ledger: Ledger, account: Omit<AccountInput, 'code'>): Promise<void> {
    const [result] = await ledger.createAccounts([{ ...account, code: CONTROL }]);
    const name = CreateAccountStatus[result!.status]!;
    if (name !== 'created' && !name.startsWith('exists')) throw cannotOpen(name);
  }

  /** The account that counts what can be given back of a payment. */
  openRefundable(ledger: Ledger, payment: bigint): Promise<void> {
    const id = this.refundableId(payment);
    const flags = debits_must_not_exceed_credits;
    return create(ledger, [{ id, ledger: this.limitsLedger, code: CONTROL, flags, user_data_128: payment }]);
  }
}

function remember<Group>(all: Map<Group, Map<string, bigint>>, group: Group, name: string, id: bigint): void {
  let own = all.get(group);
  if (own === undefined || own.size >= IDS_MAX) {
    own = new Map();
    all.set(group, own);
  }
  own.set(name, id);
}

async function create(ledger: Ledger, accounts: readonly AccountInput[]): Promise<void> {
  const results = await ledger.createAccounts(accounts);
  const refused = results.find(({ status }) => !isThere(status));
  if (refused !== undefined) throw cannotOpen(CreateAccountStatus[refused.status]!);
}

function cannotOpen(why: string): TallystickError {
  return new TallystickError('engine_failed', `an account of the operator cannot be opened: ${why}`);
}

const isThere = (status: CreateAccountStatus): boolean => status === created || status === exists;

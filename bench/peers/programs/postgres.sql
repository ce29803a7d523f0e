-- A careful double-entry schema: an account's two sides, transfers that are never changed, the id as idempotency key, both accounts of one ledger.
CREATE TABLE account (
  id bigint PRIMARY KEY,
  ledger integer NOT NULL,
  debits_posted bigint NOT NULL DEFAULT 0 CHECK (debits_posted >= 0),
  credits_posted bigint NOT NULL DEFAULT 0 CHECK (credits_posted >= 0)
) WITH (fillfactor = 50);
CREATE TABLE transfer (
  id uuid PRIMARY KEY,
  debit_account_id bigint NOT NULL REFERENCES account,
  credit_account_id bigint NOT NULL REFERENCES account,
  amount bigint NOT NULL CHECK (amount >= 0),
  code integer NOT NULL,
  timestamp timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (debit_account_id <> credit_account_id)
);
CREATE INDEX ON transfer (debit_account_id, timestamp);
CREATE INDEX ON transfer (credit_account_id, timestamp);

-- 'created' or 'exists'. Accounts are locked in the order of their ids: two transfers never wait for each other.
CREATE FUNCTION transfer(id uuid, debit bigint, credit bigint, amount bigint, code integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  ledgers integer;
BEGIN
  SELECT count(DISTINCT locked.ledger) INTO ledgers
    FROM (SELECT account.ledger FROM account WHERE account.id IN (debit, credit) ORDER BY account.id FOR UPDATE) locked;
  IF ledgers <> 1 THEN
    RAISE EXCEPTION 'accounts of one ledger are needed';
  END IF;
  INSERT INTO transfer (id, debit_account_id, credit_account_id, amount, code) VALUES (transfer.id, debit, credit, transfer.amount, transfer.code) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN 'exists';
  END IF;
  UPDATE account SET debits_posted = debits_posted + transfer.amount WHERE account.id = debit;
  UPDATE account SET credits_posted = credits_posted + transfer.amount WHERE account.id = credit;
  RETURN 'created';
END
$$;

INSERT INTO account (id, ledger) SELECT generate_series(1, 10000), 840;
VACUUM ANALYZE;

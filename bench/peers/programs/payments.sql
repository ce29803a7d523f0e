-- A payment of five legs in one function: money, its fee, what is left of two limits, and a meter. The key is the
-- idempotency key; an account that may not go below zero refuses all of it.
CREATE TABLE account (
  id bigint PRIMARY KEY,
  limited boolean NOT NULL DEFAULT false,
  debits_posted bigint NOT NULL DEFAULT 0,
  credits_posted bigint NOT NULL DEFAULT 0,
  CHECK (NOT limited OR debits_posted <= credits_posted)
) WITH (fillfactor = 50);
CREATE TABLE payment (
  key uuid PRIMARY KEY,
  fingerprint bigint NOT NULL,
  timestamp timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE leg (
  key uuid NOT NULL REFERENCES payment,
  leg smallint NOT NULL,
  debit_account_id bigint NOT NULL,
  credit_account_id bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount >= 0),
  PRIMARY KEY (key, leg)
);
CREATE INDEX ON leg (debit_account_id, key);
CREATE INDEX ON leg (credit_account_id, key);

-- Accounts: 1 the shop, 2 fees, 3 allowances, 4 the meter's source, 5 what was used; customer n, from 1 on, has 10 n,
-- and the limits 10 n + 1 and 10 n + 2. Returns 'created', 'exists' or 'reused'. What everybody pays to is locked last,
-- for the shortest time.
CREATE FUNCTION pay(key uuid, fingerprint bigint, customer bigint, amount bigint, fee bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  payer bigint := 10 * customer;
  before bigint;
BEGIN
  INSERT INTO payment (key, fingerprint) VALUES (pay.key, pay.fingerprint) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    SELECT payment.fingerprint INTO before FROM payment WHERE payment.key = pay.key;
    RETURN CASE WHEN before = pay.fingerprint THEN 'exists' ELSE 'reused' END;
  END IF;
  INSERT INTO leg VALUES
    (pay.key, 1, payer, 1, amount), (pay.key, 2, payer, 2, fee), (pay.key, 3, payer + 1, 3, amount),
    (pay.key, 4, payer + 2, 3, 1), (pay.key, 5, 4, 5, 1);
  UPDATE account SET debits_posted = debits_posted + amount + fee WHERE id = payer;
  UPDATE account SET debits_posted = debits_posted + amount WHERE id = payer + 1;
  UPDATE account SET debits_posted = debits_posted + 1 WHERE id = payer + 2;
  UPDATE account SET credits_posted = credits_posted + amount WHERE id = 1;
  UPDATE account SET credits_posted = credits_posted + fee WHERE id = 2;
  UPDATE account SET credits_posted = credits_posted + amount + 1 WHERE id = 3;
  UPDATE account SET debits_posted = debits_posted + 1 WHERE id = 4;
  UPDATE account SET credits_posted = credits_posted + 1 WHERE id = 5;
  RETURN 'created';
END
$$;

INSERT INTO account (id) SELECT generate_series(1, 5);
INSERT INTO account (id, limited, credits_posted)
  SELECT 10 * n + side, true, 900000000000 FROM generate_series(1, 100) n, generate_series(0, 2) side;
VACUUM ANALYZE;

package tally.authz_test

import data.tally.authz

transfer := {
	"version": 1, "subject": "till-7", "tenant": "north", "role": "write", "scopes": ["transfers:write"],
	"shown": "key", "operation": "create_transfers", "events": 2, "ledgers": [28672], "codes": [1],
	"amount_max": "100",
}

said(change) := decision if {
	decision := authz.decision with input as object.union(transfer, change)
		with data.amounts as {"write": "1000", "till-9": "50"}
		with data.suspended as ["south", "mallory"]
		with data.closed as [840]
}

test_an_ordinary_transfer if said({}).allow

test_the_largest_amount_of_a_role if {
	said({"amount_max": "1000"}).allow
	not said({"amount_max": "1001"}).allow
	not said({"amount_max": "340282366920938463463374607431768211455"}).allow
	said({"amount_max": "999"}).allow
}

test_the_largest_amount_of_a_subject if {
	said({"subject": "till-9", "amount_max": "50"}).allow
	said({"subject": "till-9", "amount_max": "51"}).reasons == ["the amount is larger than the subject may move"]
}

test_suspended if {
	not said({"tenant": "south"}).allow
	not said({"subject": "mallory"}).allow
	not said({"tenant": "south", "operation": "lookup_accounts"}).allow
}

test_a_closed_ledger if said({"ledgers": [1, 840]}).reasons == ["ledger 840 is closed"]

test_a_static_token_reads if {
	not said({"shown": "static token"}).allow
	said({"shown": "static token", "operation": "lookup_accounts"}).allow
}

test_read_only if {
	not authz.decision.allow with input as transfer with data.readonly as true
	authz.decision.allow with input as object.union(transfer, {"operation": "query_accounts"}) with data.readonly as true
}

test_another_version if not said({"version": 2}).allow

test_without_data if authz.decision.allow with input as transfer

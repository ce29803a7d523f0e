# The second opinion on what callers of a ledger ask for (docs/guides/identity-opa.md). It forbids; it can allow nothing
# that the ledger refuses. `data` holds what operators change without a new policy:
#
#   amounts    by role or subject: the largest amount of one transfer, in decimal
#   suspended  tenants and subjects that may do nothing
#   closed     ledgers in which nothing is created
#   readonly   true: nothing is created at all
package tally.authz

decision := {"allow": count(reasons) == 0, "reasons": sort(reasons)}

creates if startswith(input.operation, "create_")

reasons contains "the input has another version" if object.get(input, "version", 0) != 1

reasons contains "suspended" if input.tenant in data.suspended

reasons contains "suspended" if input.subject in data.suspended

reasons contains "a static token is for development" if {
	creates
	input.shown == "static token"
}

reasons contains "read only" if {
	creates
	data.readonly == true
}

reasons contains sprintf("ledger %d is closed", [ledger]) if {
	some ledger in input.ledgers
	ledger in data.closed
}

reasons contains "the amount is larger than the role may move" if {
	input.operation == "create_transfers"
	larger(input.amount_max, data.amounts[input.role])
}

reasons contains "the amount is larger than the subject may move" if {
	input.operation == "create_transfers"
	larger(input.amount_max, data.amounts[input.subject])
}

# Decimal texts of up to 39 digits: numbers of policies are too small for them.
larger(one, other) if count(one) > count(other)

larger(one, other) if {
	count(one) == count(other)
	one > other
}

"""A ledger from Python, over gRPC. Takes `pip install grpcio grpcio-tools`, and a server:

    tallystick serve ./books --create --grpc-port 50051
    python3 examples/grpc_client.py localhost:50051 proto
"""

import queue
import sys

import grpc

address = sys.argv[1] if len(sys.argv) > 1 else "localhost:50051"
sys.path.insert(0, sys.argv[2] if len(sys.argv) > 2 else "proto")
messages, services = grpc.protos_and_services("tallystick.proto")

CREATED = messages.CreateTransferStatus.CREATE_TRANSFER_STATUS_CREATED


def u128(value):
    return value.to_bytes(16, "little")


def number(data):
    return int.from_bytes(data, "little")


def status(result):
    return messages.CreateTransferStatus.Name(result.status).removeprefix("CREATE_TRANSFER_STATUS_").lower()


with grpc.insecure_channel(address) as channel:
    ledger = services.LedgerStub(channel)

    # One call each: an account that pays and one that is paid.
    ledger.CreateAccounts(
        messages.CreateAccountsRequest(
            accounts=[
                messages.Account(id=u128(1), ledger=840, code=100),
                messages.Account(id=u128(2), ledger=840, code=400),
            ]
        ),
        timeout=10,
    )

    # Many transfers on one stream. Sending the same id again moves money once.
    requests = queue.SimpleQueue()
    for request in (1, 2, 2):
        transfer = messages.Transfer(
            id=u128(10 + request),
            debit_account_id=u128(1),
            credit_account_id=u128(2),
            amount=u128(2**100 + request),
            ledger=840,
            code=1,
        )
        transfers = messages.CreateTransfersRequest(transfers=[transfer])
        requests.put(messages.Request(id=request, create_transfers=transfers))
    requests.put(None)
    for reply in ledger.Submit(iter(requests.get, None)):
        print(reply.id, status(reply.create_transfers.results[0]))

    # The same as bytes, 128 for each record: nothing is decoded on the way.
    found = ledger.LookupAccounts(messages.LookupAccountsRequest(packed=u128(1)))
    print("debits", number(found.packed[32:48]) == 2**101 + 3)

    # What cannot be is refused with a status of gRPC, and a code of the ledger.
    try:
        ledger.LookupAccounts(messages.LookupAccountsRequest(ids=[bytes(17)]))
    except grpc.RpcError as error:
        print(error.code().name, dict(error.trailing_metadata())["tallystick-code"])

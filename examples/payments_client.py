"""Payments from Python, over gRPC. Takes `pip install grpcio grpcio-tools`, and a server:

    tallystick serve ./books --create --services payments --grpc-port 50051
    python3 examples/payments_client.py localhost:50051 packages/services/proto
"""

import sys

import grpc

address = sys.argv[1] if len(sys.argv) > 1 else "localhost:50051"
sys.path.insert(0, sys.argv[2] if len(sys.argv) > 2 else "packages/services/proto")
messages, services = grpc.protos_and_services("payments.proto")

with grpc.insecure_channel(address) as channel:
    payments = services.PaymentsStub(channel)
    for name, kind in [("bank", "bank"), ("alice", "customer"), ("shop", "merchant")]:
        payments.OpenAccount(messages.OpenAccountRequest(name=name, asset="EUR", kind=kind))

    # A key for each wish: whoever asks again under it is told what became of the first.
    wish = {"asset": "EUR", "amount": "50.00"}
    payments.Pay(messages.PayRequest(key="pay-in", **wish, **{"from": "bank"}, to="alice"))
    order = messages.PayRequest(key="order-17", **{"from": "alice"}, to="shop", asset="EUR", amount="20.00")
    print(payments.Pay(order).status, payments.Pay(order).again)

    # A refusal is an outcome, and no error.
    too_much = messages.PayRequest(key="too-much", **{"from": "alice"}, to="shop", asset="EUR", amount="500.00")
    refused = payments.Pay(too_much)
    print(refused.outcome, refused.code, refused.status)

    # What cannot be is an error: nothing was done, and the key is free.
    try:
        payments.Pay(messages.PayRequest(key="typo", **{"from": "alice"}, to="shop", asset="EUR", amount="1,50"))
    except grpc.RpcError as error:
        print(error.code().name)

    # Many on one stream: 256 are worked on at a time, and each answer has the id of its request.
    def orders():
        for n in range(1000):
            pay = messages.PayRequest(key=f"cent-{n}", **{"from": "alice"}, to="shop", asset="EUR", amount="0.01")
            yield messages.Request(id=n, pay=pay)

    print(sum(reply.pay.outcome == "done" for reply in payments.Submit(orders())))
    account = payments.GetAccount(messages.NameInAsset(name="shop", asset="EUR"))
    print(account.balance)

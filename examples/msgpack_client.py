"""Talks to a ledger over MessagePack.

    pip install msgpack
    tallystick serve ./shop --create --msgpack-port 3001
    python3 examples/msgpack_client.py 127.0.0.1:3001
"""

import socket
import struct
import sys
import uuid

import msgpack


class Ledger:
    """Sends any number of requests before it waits for replies."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=30)
        self.file = self.socket.makefile("rb")
        self.next_id = 0
        self.answers = {}

    def send(self, operation, events):
        """Returns the number to call `wait` with."""
        self.next_id += 1
        body = msgpack.packb({"id": self.next_id, "op": operation, "events": events})
        self.socket.sendall(struct.pack(">I", len(body)) + body)
        return self.next_id

    def wait(self, number):
        """The results of a request; other replies that come before it are kept for those who wait for them."""
        while number not in self.answers:
            head = self.file.read(4)
            if len(head) < 4:
                raise ConnectionError("the connection ended: what became of the requests is unknown, send them again with the same ids")
            answer = msgpack.unpackb(self.file.read(struct.unpack(">I", head)[0]))
            self.answers[answer["id"]] = answer
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError("{code}: {message}; {next}".format(**answer["error"]))
        return answer["results"]

    def call(self, operation, *events):
        return self.wait(self.send(operation, list(events)))


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    ledger = Ledger(host, int(port))
    till, sales = uuid.uuid4().bytes, uuid.uuid4().bytes
    ledger.call(
        "create_accounts",
        {"id": till, "ledger": 840, "code": 100},
        {"id": sales, "ledger": 840, "code": 400},
    )
    sale = {"debit_account_id": till, "credit_account_id": sales, "ledger": 840, "code": 1}
    # A thousand sales, none waiting for another; each sent with an id of its own, so that it may be sent again.
    numbers = [
        ledger.send("create_transfers", [dict(sale, id=uuid.uuid4().bytes, amount=cents)]) for cents in range(1, 1001)
    ]
    statuses = {ledger.wait(number)[0]["status"] for number in numbers}
    print("sales:", *statuses)
    [account] = ledger.call("lookup_accounts", till)
    print("in the till:", account["debits_posted"], "cents")
    large = dict(sale, id=uuid.uuid4().bytes, amount=str(2**127), flags=["pending"])
    print("reserved:", ledger.call("create_transfers", large)[0]["status"])
    try:
        ledger.call("create_transfers", dict(sale, id=uuid.uuid4().bytes, ammount=1))
    except RuntimeError as error:
        print("refused:", error)


if __name__ == "__main__":
    main()

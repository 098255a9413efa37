"""Works out what orders cost: asks api for open ones, and posts their totals."""

import json
import os
import signal
import sys
import threading
import urllib.error
import urllib.request

PRICES = {"tea": 250, "cup": 900}  # in cents
API = os.environ["DEVRUN_API_URL"]
TAX = int(os.environ.get("TAX_PERCENT", "0"))


def call(path, data=None):
    body = None if data is None else json.dumps(data).encode()
    with urllib.request.urlopen(API + path, body, timeout=5) as answer:
        return json.load(answer)


def work():
    for order in call("/orders?open=1"):
        net = PRICES.get(order["item"], 100) * order["count"]
        total = net * (100 + TAX) // 100
        call(f"/orders/{order['id']}/total", {"total": total})
        print(f"order {order['id']}: {total} with {TAX}% tax", flush=True)


def main():
    ended = threading.Event()
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, lambda *_: ended.set())
    print(f"working for {API}", flush=True)
    while not ended.wait(0.2):
        try:
            work()
        except (urllib.error.URLError, OSError) as err:
            # api may be restarting; the next round asks again.
            print(f"api does not answer: {err}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

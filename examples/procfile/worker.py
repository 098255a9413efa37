"""Hands in a piece of work at web, whose address devrun tells it, now and then."""

import os
import time
import urllib.request

web = os.environ["DEVRUN_WEB_URL"]
print(f"working for {web}")
while True:
    try:
        with urllib.request.urlopen(web, b"", timeout=5) as answer:
            print(answer.read().decode().strip())
    except OSError as err:
        print(f"web does not answer yet: {err}")
    time.sleep(0.5)

"""Whether a service answers: exit status 0 when it does, 1 when not. `health.py URL [PART]`.

PART is a component in Airflow's answer, such as `scheduler`, which must then be healthy. Standard library only, so that
asking costs no more than starting Python.
"""

from __future__ import annotations

import json
import sys
import urllib.request


def main(url: str, part: str = "") -> int:
    """Exit status."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=8) as answer:
            body = answer.read()
    except OSError as error:
        return failed(f"{url}: {error}")
    if part and (state := (json.loads(body).get(part) or {}).get("status")) != "healthy":
        return failed(f"{part} is {state}")
    return 0


def failed(why: str) -> int:
    """Exit status of a service that is not well; the reason is shown by `docker inspect`."""
    print(why)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

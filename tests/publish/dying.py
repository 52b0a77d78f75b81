"""Publishes a draft and kills itself before its n-th statement, or in the middle of a COPY: `dying.py DSN DRAFT [ARM]`.

Reads points from standard input, one a line; forks for each, so that imports are paid for once.
"""

import os
import pickle
import signal
import sys
from typing import Any

from psycopg2 import extensions

from recsys.publish import connection, lists
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings


def counted(point: int, act: Any) -> Any:
    """A kind of cursor that acts before the statement of that number, counted from 1 over the whole process."""
    seen = 0

    class Cursor(extensions.cursor):  # type: ignore[misc]
        def execute(self, *arguments: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == point:
                act()
            super().execute(*arguments)

        def copy_expert(self, *arguments: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == point:
                act()
            super().copy_expert(*arguments)

    return Cursor


def connecting(cursor: Any) -> Any:
    """`connect` whose connections have that kind of cursor."""

    def connect(dsn: str, original: Any = connection.connect) -> extensions.connection:
        db = original(dsn)
        db.cursor_factory = cursor
        return db

    return connect


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(dsn: str, draft: Any, arm: str = "") -> None:
    for line in sys.stdin:
        if os.fork() == 0:
            if line.strip() in COPIES:
                in_the_middle_of_a_copy(COPIES[line.strip()])
            else:
                connection.connect = connecting(counted(int(line), die))
            publish(dsn, draft, DatabaseSettings(min_overlap=0, arm=arm))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)


COPIES = {"copy": "checked", "copy of item lists": "checked_of_items"}
"""What is copied, by the function that reads it."""


def in_the_middle_of_a_copy(name: str) -> None:
    original = getattr(lists, name)

    def checked(*arguments: Any) -> Any:
        yield from original(*arguments)
        die()

    setattr(lists, name, checked)


if __name__ == "__main__":
    main(sys.argv[1], pickle.loads(bytes.fromhex(sys.argv[2])), *sys.argv[3:])

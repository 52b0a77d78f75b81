"""Who asks for lists all the time: every answer has to be one whole set, and sets never go back by themselves."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from contextlib import closing, suppress
from typing import Any

import psycopg2

from tests.operations.place import until

PAUSE_SECONDS = 0.05
ANSWER = "SELECT user_id, rank, item_id, score, reason, as_of, publication FROM recommendations ORDER BY user_id, rank"
EMPTY = "nothing"


def state(rows: list[tuple[Any, ...]]) -> str:
    """What was answered, in short: the same lists are the same state in any database."""
    if not rows:
        return EMPTY
    whose = len({user for user, *_ in rows})
    sets = len({publication for *_, publication in rows})
    content = hashlib.sha256(json.dumps([row[:-1] for row in rows], default=str).encode()).hexdigest()[:8]
    return f"{whose} users of {sets} set: {content}"


def answer(dsn: str) -> str:
    """The state that readers have now; raises while the database is away."""
    with closing(psycopg2.connect(dsn, connect_timeout=5, application_name="reader")) as db, db.cursor() as cursor:
        cursor.execute(ANSWER)
        return state(cursor.fetchall())


class Reader:
    """A thread that asks over one connection, until the database ends it, and then over another."""

    def __init__(self, dsn: str) -> None:
        self.asked = 0
        self._dsn, self._over, self._lock = dsn, threading.Event(), threading.Lock()
        self._states: list[str] = []
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def states(self) -> list[str]:
        """What was answered since this was asked last, without repetitions; the last answer was asked for just now."""
        enough = self.asked + 2
        until(lambda: self.asked >= enough, "readers are answered")
        with self._lock:
            found, self._states = self._states, self._states[-1:]
        return found

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            with suppress(psycopg2.OperationalError, psycopg2.InterfaceError):
                self._ask_while_connected()
            time.sleep(PAUSE_SECONDS)

    def _ask_while_connected(self) -> None:
        connected = psycopg2.connect(self._dsn, connect_timeout=5, application_name="reader")
        with closing(connected) as db, db.cursor() as cursor:
            db.autocommit = True
            while not self._over.wait(PAUSE_SECONDS):
                cursor.execute(ANSWER)
                found = state(cursor.fetchall())
                self.asked += 1
                with self._lock:
                    if self._states[-1:] != [found]:
                        self._states.append(found)

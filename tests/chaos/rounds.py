"""Rounds of days in which faults strike: what each step did, and whether readers ever saw what they must not see."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from recsys.errors import RecsysError
from recsys.publish.maintenance import KEPT_DAYS, maintain
from recsys.settings import load
from recsys.stages import STAGES
from tests.chaos.faults import Fault
from tests.chaos.place import Place
from tests.chaos.plan import striking
from tests.chaos.processes import mlflow_killed
from tests.chaos.reader import EMPTY, Reader, answer
from tests.chaos.shop import DAILY, NOT_RETRIED, TRIES, Shop, Step
from tests.chaos.storage import file_cut

ORPHANS = """
    SELECT relname FROM pg_class WHERE relname ~ '^(recommendation_list|item_list|interest_trace)_[0-9]+$'
    AND substring(relname FROM '[0-9]+$')::bigint NOT IN (SELECT pub_id FROM recsys.publication)
    UNION ALL SELECT 'publication ' || pub_id || ' is loading' FROM recsys.publication WHERE status = 'loading'
"""


@dataclass
class Usual:
    """The days without a fault: what readers have after each step, and the seconds that it takes."""

    states: dict[Step, str] = field(default_factory=dict)
    seconds: dict[Step, float] = field(default_factory=dict)


def usual(place: Place, new_shop: Callable[[], Shop], order: list[Step]) -> Usual:
    """Made once, with which every round is compared."""
    place.begin("chaos_usual")
    shop, made = new_shop(), Usual()
    for step in order:
        began = time.monotonic()
        shop.attempt(step, 1)
        made.seconds[step] = time.monotonic() - began
        made.states[step] = answer(place.dsn)
    return made


@dataclass
class Round:
    """The days once more, and everything that happens to them."""

    place: Place
    shop: Shop
    usual: Usual
    order: list[Step]
    reader: Reader
    tracking: str

    def live(self, faults: dict[Step, Fault]) -> None:
        """Every step, each with the fault that is meant for it; each fault notes what came of it."""
        before = EMPTY
        for step in self.order:
            fault, after = faults.get(step), self.usual.states[step]
            self.shop.tracking = self.tracking if fault and fault.kind == mlflow_killed.__name__ else ""
            self.place.usual = self.usual.seconds[step]
            outcomes = self._step(step, fault, {before, after})
            if fault and fault.kind == file_cut.__name__ and step.name in DAILY:
                outcomes += ["next run", self._next_run(step)]  # later days resume from what the day made
            problems = self._seen(before, after)
            if fault is not None:
                fault.attempts = tuple(outcomes)
                problems += self.place.left()
                fault.problems = (*fault.problems, *problems)
            assert outcomes[-1] == "done", (fault, outcomes)
            assert fault is not None or not problems, (step, problems)
            assert answer(self.place.dsn) == after, (step, fault, answer(self.place.dsn), after)
            before = after

    def _step(self, step: Step, fault: Fault | None, allowed: set[str]) -> list[str]:
        """What became of each attempt; where Airflow would give up, the next run of the day is made."""
        outcomes: list[str] = []
        for number in range(1, TRIES + 1):
            with striking(self.place, fault) if fault and number == 1 else nullcontext():
                outcome, final = self._attempt(step, number)
            outcomes.append(outcome)
            if fault and (now := answer(self.place.dsn)) not in allowed:
                fault.problems = (*fault.problems, f"after attempt {number} readers have {now}")
            if outcome == "done":
                return outcomes
            if final:
                break
        return [*outcomes, "next run", self._next_run(step)]

    def _attempt(self, step: Step, number: int) -> tuple[str, bool]:
        """What became of an attempt, and whether Airflow makes no other."""
        try:
            self.shop.attempt(step, number)
        except Exception as error:
            what = f": {error.what}" if isinstance(error, RecsysError) else f": {error}"
            detail = f" ({error.seen[-300:]})" if isinstance(error, RecsysError) else ""
            return f"{type(error).__name__}{what}{detail}", isinstance(error, NOT_RETRIED)
        return "done", False

    def _next_run(self, step: Step) -> str:
        """The day from its first stage on, as far as it had come."""
        self.shop.made[step.day] = {}
        for name in STAGES:
            outcome, _ = self._attempt(Step(step.day, name), 1)
            if outcome != "done" or name == step.name:
                return outcome
            if step.name not in STAGES and name == "publish":
                break
        return self._attempt(step, 1)[0]

    def _seen(self, before: str, after: str) -> list[str]:
        """What readers saw that is neither the set before the step nor that after it, and every way back."""
        seen = self.reader.states()
        wrong = [f"readers had {state}" for state in seen if state not in (before, after)]
        back = [f"readers went back to {new}" for old, new in pairwise(seen) if old == after != before == new]
        return wrong + back

    def left(self) -> list[str]:
        """What the days left behind that no later day removes."""
        maintain(self.place.dsn, load(self.shop.settings), datetime.now(UTC) + timedelta(KEPT_DAYS + 1))
        halves = [
            str(folder.relative_to(self.place.store))
            for folder in self.place.store.glob("*/as_of=*/*")
            if folder.is_dir() and not (folder / "manifest.json").exists()
        ]
        return [what for (what,) in self.place.ask(ORPHANS)] + halves

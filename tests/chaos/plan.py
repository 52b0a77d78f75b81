"""Which faults strike where, by a seed; and the table of what became of them."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.chaos import processes, storage
from tests.chaos.faults import OUTCOMES, Fault, Kind
from tests.chaos.place import Place
from tests.chaos.shop import Step

MAX_MOMENT = 0.8
"""Later an attempt that is quicker than usual would be over."""
EVERYWHERE: dict[Kind, int] = {
    processes.worker_killed: 6,
    processes.worker_slow: 2,
    processes.postgres_killed: 3,
    processes.session_cut: 1,
    processes.postgres_slow: 2,
    processes.postgres_full: 1,
    processes.mlflow_killed: 1,
    storage.store_full: 3,
    storage.file_limited: 3,
    storage.store_read_only: 2,
    storage.store_gone: 3,
    storage.file_cut: 3,
    storage.half_written: 2,
    processes.clock_jumps: 2,
}
"""How often each kind is drawn, where the step does not work on the database."""
AT_THE_DATABASE = {
    **EVERYWHERE,
    processes.worker_killed: 8,
    processes.postgres_killed: 6,
    processes.session_cut: 6,
    processes.postgres_full: 4,
    storage.half_written: 0,
}
DATABASE_STEPS = {"load", "publish", "monitor", "refresh", "rollback", "maintain"}
NEED_DISKS = {processes.postgres_full, storage.store_full, storage.store_read_only}


def kinds(disks: bool) -> set[Kind]:
    """What this machine allows: small disks need the right to mount, a clock that jumps needs libfaketime."""
    missing = set() if disks else NEED_DISKS
    return set(EVERYWHERE) - missing - (set() if processes.FAKETIME else {processes.clock_jumps})


def plan(count: int, seed: int, order: list[Step], disks: bool) -> list[Fault]:
    """So many faults: rounds of the steps, of which the last takes a sample; one fault strikes at one step."""
    rng, allowed = random.Random(seed), kinds(disks)
    places = [(made, number) for made in range(-(-count // len(order))) for number in range(len(order))]
    rest = places[-len(order) :]
    struck = places[: -len(order)] + sorted(rng.sample(rest, count - len(places) + len(order)))
    faults = []
    for number, (made, index) in enumerate(struck):
        step = order[index]
        weights = AT_THE_DATABASE if step.name in DATABASE_STEPS else EVERYWHERE
        drawn = [kind for kind in weights if kind in allowed and (kind != storage.file_cut or step.name != "check")]
        (kind,) = rng.choices(drawn, [weights[kind] for kind in drawn])
        faults.append(Fault(number, made, step, kind.__name__, rng.random() * MAX_MOMENT, rng.random()))
    return faults


@contextmanager
def striking(place: Place, fault: Fault) -> Iterator[None]:
    """The block is struck by the fault."""
    (kind,) = (kind for kind in EVERYWHERE if kind.__name__ == fault.kind)
    yield from kind(place, fault)


def report(faults: list[Fault], file: str | None) -> str:
    """What became of the faults, as a table of kinds and outcomes; every fault in the JSON file, if one is named."""
    if file:
        Path(file).write_text(json.dumps([asdict(fault) for fault in faults], default=str, indent=1))
    counts = Counter((fault.kind, fault.outcome) for fault in faults)
    lines = [f"{'':17}{''.join(f'{outcome:>14}' for outcome in OUTCOMES)}"]
    for kind in sorted({fault.kind for fault in faults}):
        lines.append(f"{kind:17}{''.join(f'{counts[kind, outcome]:>14}' for outcome in OUTCOMES)}")
    total = Counter(fault.outcome for fault in faults)
    return "\n".join([*lines, f"{'all':17}{''.join(f'{total[outcome]:>14}' for outcome in OUTCOMES)}"])

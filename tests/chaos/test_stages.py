"""Random faults over the daily path and its refresh: readers have whole sets throughout, and the work goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recsys.standalone import services
from tests.chaos import shop as shops
from tests.chaos.place import Place, running
from tests.chaos.plan import plan, report
from tests.chaos.reader import Reader
from tests.chaos.rounds import Round, usual
from tests.chaos.shop import DAYS, Shop, steps

FAULTS, SEED = int(os.environ.get("CHAOS_FAULTS", "8")), int(os.environ.get("CHAOS_SEED", "7"))
REPORT = os.environ.get("CHAOS_REPORT")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    tmp_path_factory.getbasetemp()  # before the place has a temporary folder of its own
    with running() as place:
        yield place


def test_after_every_fault_readers_have_a_whole_set_and_the_next_run_succeeds(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = shops.write(tmp_path)
    tracking = services.mlflow_url(place.ports)

    def new_shop() -> Shop:
        return Shop([*files, f"store={place.store}"])

    order = steps(DAYS if FAULTS > 20 else DAYS[:1])
    expected = usual(place, new_shop, order)
    faults = plan(FAULTS, SEED, order, place.disks is not None)
    broken: list[str] = []
    asked = 0
    for number in range(faults[-1].round + 1):
        place.begin(f"chaos_{number}")
        with closing(Reader(place.dsn)) as reader:
            made = Round(place, new_shop(), expected, order, reader, tracking)
            mine = [fault for fault in faults if fault.round == number]
            try:
                made.live({fault.step: fault for fault in mine})
                broken += [f"round {number} left {what}" for what in made.left()]
            except Exception as error:
                broken.append(f"round {number}: {type(error).__name__} {error}")
            asked += reader.asked
        with capsys.disabled():
            print(f"\nseed {SEED}, {mine[-1].number + 1} faults, {asked} answers\n{report(faults, REPORT)}\n{broken}")
    assert not broken
    assert not [fault for fault in faults if fault.problems]

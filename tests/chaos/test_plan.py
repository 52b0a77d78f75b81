from pathlib import Path

from tests.chaos.airflow_faults import KINDS
from tests.chaos.plan import EVERYWHERE, plan
from tests.chaos.shop import DAYS, steps

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"


def test_a_seed_is_a_plan_and_no_step_is_struck_twice_in_a_round() -> None:
    order = steps(DAYS)
    faults = plan(100, 7, order, disks=True)
    assert faults == plan(100, 7, order, disks=True) != plan(100, 8, order, disks=True)
    assert len({(fault.round, fault.step) for fault in faults}) == len(faults) == 100


def test_every_fault_is_documented() -> None:
    text = DOCUMENT.read_text()
    assert [kind.__name__ for kind in EVERYWHERE if f"`{kind.__name__}`" not in text] == []
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []

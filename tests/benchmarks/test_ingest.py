import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import ingest


def test_the_same_number_of_events_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ingest.make(tmp_path / name, 300)
    first, second = ((tmp_path / name / "events.csv").read_text() for name in ("a", "b"))
    assert first == second
    events = pd.read_csv(tmp_path / "a" / "events.csv")
    assert (len(events), events["user_id"].nunique()) == (300, 3)


def test_both_are_measured_on_the_same_events_and_leave_their_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench-ingest", "--events", "300", "--folder", str(tmp_path)])
    ingest.main()
    costs = json.loads((tmp_path / "costs.json").read_text())
    assert set(costs) == {"duckdb", "ingest"}
    assert all(cost["cpu_s"] > 0 and cost["peak_mb"] > 0 for runs in costs.values() for cost in runs)
    assert "Speed of ingest beside it" in capsys.readouterr().out
    assert not list(tmp_path.glob("tmp*"))

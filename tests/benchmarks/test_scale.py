"""What stages cost, from literals and from a tiny day."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scale import __main__ as command
from benchmarks.scale import picture, retrieval
from benchmarks.scale.checkout import HERE, Stage, StageError
from benchmarks.scale.day import Home, Measure, selected
from benchmarks.scale.report import Place, Results, exponents, ratios, table
from benchmarks.scale.retrieval import Answer, Factors
from benchmarks.scale.shop import Shop
from benchmarks.scale.sizes import Size

STAGES = {
    stage.name: stage
    for stage in (
        Stage("ingest", (), 1, True),
        Stage("features", ("ingest",), 2, True),
        Stage("load", ("features",), 1, False),
        Stage("monitor", ("load",), 1, True),
        Stage("evaluate", ("ingest", "features"), 1, True),
    )
}


def _names(*asked: str) -> list[str]:
    return [stage.name for stage in selected(STAGES, asked)]


def test_stages_bring_along_what_they_need_and_none_that_needs_postgres() -> None:
    assert _names() == ["ingest", "features", "evaluate"]
    assert _names("features") == ["ingest", "features"]
    with pytest.raises(StageError, match="no stage monitor; there are ingest, features, evaluate"):
        _names("monitor")


def _launched(tmp_path: Path, program: str) -> tuple[int, dict[str, float]]:
    launcher, out = str(HERE / "launcher.py"), tmp_path / "cost.json"
    command = [sys.executable, "-I", "-S", launcher, str(out), sys.executable, "-I", "-S", "-c", program]
    return subprocess.run(command, check=False).returncode, json.loads(out.read_text())


def test_memory_is_that_of_the_command_not_of_who_starts_it(tmp_path: Path) -> None:
    held = np.ones(50_000_000)
    code, little = _launched(tmp_path, "pass")
    _, much = _launched(tmp_path, "b'1' * 200_000_000")
    assert code == 0
    assert little["peak_mb"] < 40
    assert 190 < much["peak_mb"] < 260
    assert held.nbytes == 400_000_000


def test_cpu_counts_processes_that_nobody_waited_for(tmp_path: Path) -> None:
    burn = "import time\nwhile time.process_time() < 0.4: pass"
    _, alone = _launched(tmp_path, "pass")
    _, left = _launched(tmp_path, f"import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {burn!r}])")
    assert left["cpu_s"] - alone["cpu_s"] > 0.35


def test_a_command_that_fails_is_told_from_one_that_does_not(tmp_path: Path) -> None:
    assert _launched(tmp_path, "raise SystemExit(3)")[0] == 1


def _measure(stage: str, cpu: float, peak: float = 100.0) -> Measure:
    return Measure(stage, cpu, 2 * cpu, peak, {"rows": 1}, cached=False)


@pytest.fixture
def results() -> Results:
    """The new code takes half and a quarter of the old; both grow with the events, `rank` of the new one not."""
    sizes = {"S": Size("S", 10, 100, 10), "M": Size("M", 40, 400, 20)}
    found = Results({"old": {"path": "/old", "commit": "a"}, "new": {"path": "/new", "commit": "b"}}, sizes)
    for repeat, share in enumerate((0.5, 0.25)):
        found.days[Place("S", "old", "first", repeat)] = [_measure("ingest", 4.0), _measure("rank", 4.0)]
        found.days[Place("S", "new", "first", repeat)] = [_measure("ingest", 6 * share), _measure("rank", 2 * share)]
    found.days[Place("M", "old", "first", 0)] = [_measure("ingest", 16.0, 300.0), _measure("rank", 16.0, 200.0)]
    found.failures.append("M, new: stage rank failed")
    return found


def test_ratios_are_of_totals_of_the_same_repeat(results: Results) -> None:
    assert list(ratios(results)) == [
        {
            "size": "S",
            "checkout": "new",
            "baseline": "old",
            "kind": "first",
            "min": 0.25,
            "median": 0.375,
            "max": 0.5,
            "repeats": 2,
        }
    ]


def test_cpu_that_grows_as_events_has_the_exponent_1(results: Results) -> None:
    (found,) = exponents(results)
    assert (found["from"], found["to"], found["checkout"]) == ("S", "M", "old")
    assert found["of"] == pytest.approx({"ingest": 1.0, "rank": 1.0, "total": 1.0})


def test_the_table_shows_stages_totals_ratios_growth_and_failures(results: Results) -> None:
    told = table(results)
    assert "| CPU s (peak MB) | old first | new first |" in told
    assert "| rank | 4.0 (100) | 0.8 (100) |" in told
    assert "| total | 32.0 (300) |" in told
    assert "S, first: new takes 0.38 (0.25 to 0.50) of the CPU of old" in told
    assert "S to M, first, old: CPU grows as events^: ingest 1.00, rank 1.00, total 1.00" in told
    assert told.endswith("FAILED: M, new: stage rank failed")


def test_results_are_json_and_a_picture(results: Results, tmp_path: Path) -> None:
    told = json.loads(json.dumps(results.to_dict()))
    assert [(day["size"], day["cpu_s"], day["peak_mb"]) for day in told["days"]][-1] == ("M", 32.0, 300.0)
    picture.draw(results, tmp_path / "scale.png")
    assert (tmp_path / "scale.png").read_bytes().startswith(b"\x89PNG")


def test_a_day_and_the_same_again_are_measured_and_no_text_is_encoded(tmp_path: Path) -> None:
    command.main(
        [
            "--users",
            "50",
            "--events",
            "600",
            "--items",
            "60",
            "--stages",
            "features",
            "--kinds",
            "again",
            "--work",
            str(tmp_path),
        ]
    )
    told = json.loads((tmp_path / "scale.json").read_text())
    assert [(day["kind"], [stage["stage"] for stage in day["stages"]]) for day in told["days"]] == [
        ("first", ["ingest", "features"]),
        ("again", ["ingest", "features"]),
    ]
    first, again = (day["stages"] for day in told["days"])
    assert [stage["cached"] for stage in first + again] == [False, False, True, True]
    assert (first[0]["rows"]["events"], first[1]["rows"]) == (600, {"items": 60, "encoded": 0, "cached": 60})
    assert first[0]["cpu_s"] > again[0]["cpu_s"] > 0
    assert told["failures"] == []
    assert (tmp_path / "scale.png").exists()


def test_a_checkout_needs_a_name_and_the_package(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        command.main(["--checkout", f"old={tmp_path}"])
    assert "a folder with the package recsys was expected" in capsys.readouterr().err


def _sorted_whole(given: Factors, count: int) -> retrieval.Ints:
    return np.argsort(-given.users @ given.items.T, axis=1, kind="stable")[:, :count].astype(np.int32)


def test_retrieval_is_told_beside_the_peer_with_how_far_both_agree() -> None:
    given = retrieval.factors(users=200, items=300, dimensions=8)
    whole = _sorted_whole(given, retrieval.COUNT)
    half = np.where(np.arange(retrieval.COUNT) % 2, whole, -1).astype(np.int32)
    told = retrieval.report(given, _sorted_whole, lambda _: Answer(half, [0.5, 0.5, 0.5]))
    assert "top 100 of 200 users, 300 items, 8 dimensions" in told
    assert "implicit  0.50 (0.50 to 0.50)" in told
    assert "50.00% of its items are implicit's too" in told


def test_items_of_other_users_do_not_count_as_agreement() -> None:
    assert retrieval.agreement(np.array([[1, 2], [3, 4]]), np.array([[2, 1], [1, 3]])) == 0.75


def test_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command.main(["--help"])
    assert "1% more events" in " ".join(capsys.readouterr().out.split())


def test_without_vectors_of_texts_no_day_begins(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="no vectors of texts"):
        Home(tmp_path, Shop(tmp_path)).clear()

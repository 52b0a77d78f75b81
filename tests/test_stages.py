"""How stages are run, found again and told apart, on stages made for the purpose."""

import json
import logging
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from recsys import pipeline, results, stages
from recsys.artifacts import Manifest, Store
from recsys.errors import DataError, GateError, SettingsError, TransientError
from recsys.settings import Settings, load
from recsys.stages import STAGES, Job, Result, Stage

DAY = date(2024, 1, 31)


class Toys(ModuleType):
    """A module that owns both toy stages and counts its calls."""

    def __init__(self) -> None:
        super().__init__("toys")
        self.calls: list[tuple[date, int]] = []
        self.outside = "as it was"
        self.past: list[tuple[str, str]] = []
        self.earlier: tuple[str, str] | None = None

    def run(self, job: Job) -> Result:
        self.calls.append((job.as_of, job.shard))
        self.earlier = None if job.earlier is None else (job.earlier.as_of, job.earlier.facts["shard"])
        self.past = [(made.as_of, made.facts["shard"]) for made in job.past]
        (job.folder / "made.txt").write_text(str(len(self.calls)))
        return Result(rows={"toys": 3}, facts={"outside": self.outside})

    def digest(self, settings: Settings, as_of: date) -> str:
        return self.outside


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Toys:
    """Stage `raw` reads the world outside; stage `cooked` needs it and is sharded."""
    made = Toys()
    monkeypatch.setitem(sys.modules, "toys", made)
    toy_stages = {
        "raw": Stage("toys", (), ("events",), reads=True),
        "cooked": Stage("toys", ("raw",), ("lists",), sharded=True),
        "listed": Stage("toys", ("raw",), ("lists",), continues=("source",), recalled=True, sharded=True),
        "judged": Stage("toys", ("listed",), recalls="listed"),
        "kept elsewhere": Stage("toys", stored=False),
    }
    monkeypatch.setattr(stages, "STAGES", toy_stages)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path))


RAW = Manifest("raw", str(DAY), "raw-1", "file:///nowhere")


def mark(settings: Settings, raw: Manifest = RAW, day: date = DAY, shard: int = 0) -> str:
    return results.mark_of("cooked", settings, day, {"raw": (raw,)}, shard)


def test_work_that_is_done_is_found_and_not_done_again(toys: Toys, settings: Settings) -> None:
    first, second = (results.run("raw", settings, DAY, {}) for _ in range(2))
    assert len(toys.calls) == 1
    assert (first.cached, second.cached) == (False, True)
    assert replace(second, cached=False) == first
    assert first.path("made.txt").read_text() == "1"
    assert first.peak_memory_mb > 0


@pytest.mark.usefixtures("toys")
def test_the_cpu_of_a_stage_is_that_of_the_process_and_of_its_children(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(self: Toys, job: Job) -> Result:
        subprocess.run([sys.executable, "-c", "while __import__('time').process_time() < 0.5: pass"], check=True)
        while time.process_time() - began < 0.3:
            pass
        (job.folder / "made").write_bytes(bytes(2**20))
        return Result()

    began = time.process_time()
    monkeypatch.setattr(Toys, "run", run)
    made = results.run("raw", settings, DAY, {})
    assert 0.75 < made.cpu_seconds < 5
    assert (made.stored_mb, made.gpu_seconds) == (1.0, 0.0)


@pytest.mark.parametrize("error", [OSError("cut"), GateError("no lists")])
def test_a_stage_that_fails_on_a_damaged_input_names_it_and_the_day_run_again_mends_it(
    toys: Toys, settings: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(self: Toys, job: Job) -> Result:
        raise error

    raw = results.run("raw", settings, DAY, {})
    with monkeypatch.context() as patched:
        patched.setattr(Toys, "run", fail)
        with pytest.raises(type(error)):
            results.run("cooked", settings, DAY, {"raw": (raw,)})
        raw.path("made.txt").write_text("")
        with pytest.raises(TransientError, match="stage raw is damaged or gone"):
            results.run("cooked", settings, DAY, {"raw": (raw,)})
    again = results.run("raw", settings, DAY, {})
    assert (again.cached, again.fingerprint, again.path("made.txt").read_text()) == (False, raw.fingerprint, "2")


def test_a_stage_kept_elsewhere_is_asked_every_time(toys: Toys, settings: Settings, tmp_path: Path) -> None:
    for _ in range(2):
        results.run("kept elsewhere", settings, DAY, {})
    assert len(toys.calls) == 2
    assert list(tmp_path.iterdir()) == []


def test_what_a_stage_reads_outside_is_part_of_its_mark(toys: Toys, settings: Settings) -> None:
    results.run("raw", settings, DAY, {})
    toys.outside = "changed"
    assert results.run("raw", settings, DAY, {}).facts == {"outside": "changed"}
    assert len(toys.calls) == 2


@pytest.mark.usefixtures("toys")
def test_settings_inputs_day_shard_and_code_change_the_mark(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = [
        mark(settings),
        mark(load([f"store={settings.store}", "lists.top_n=3"])),
        mark(settings, raw=replace(RAW, fingerprint="raw-2")),
        mark(settings, day=date(2024, 2, 1)),
        mark(settings, shard=1),
    ]
    monkeypatch.setattr(results, "code_version", lambda module: "other code")
    assert len({*marks, mark(settings)}) == 6


@pytest.mark.usefixtures("toys")
def test_what_a_stage_does_not_depend_on_leaves_the_mark(settings: Settings) -> None:
    others = load([f"store={settings.store}-elsewhere", "events.half_life_days=9"])
    assert mark(others) == mark(settings)
    assert mark(settings, raw=replace(RAW, seconds=9.0, cached=True)) == mark(settings)


def test_how_long_a_day_waits_for_its_input_changes_no_result(settings: Settings) -> None:
    waiting = load([f"store={settings.store}", "source.ready=s3://events/{as_of}/_SUCCESS", "source.ready_hours=2"])
    assert results.mark_of("ingest", waiting, DAY, {}, 0) == results.mark_of("ingest", settings, DAY, {}, 0)


def listed(settings: Settings, day: int) -> tuple[Manifest, ...]:
    """Both shards of the lists of a day of January."""
    raw = {"raw": (RAW,)}
    return tuple(results.run("listed", settings, date(2024, 1, day), raw, shard) for shard in (0, 1))


@pytest.mark.usefixtures("toys")
def test_shards_of_one_result_are_known_by_their_facts(settings: Settings) -> None:
    first, second = listed(settings, 30)
    other = results.run(
        "listed", load([f"store={settings.store}", "lists.top_n=3"]), date(2024, 1, 30), {"raw": (RAW,)}
    )
    assert [(manifest.facts["shard"], manifest.facts["shards"]) for manifest in (first, second)] == [
        ("0", "2"),
        ("1", "2"),
    ]
    assert first.facts["whole"] == second.facts["whole"] != other.facts["whole"]
    assert first.facts["line"] == second.facts["line"] == other.facts["line"]
    assert first.facts["made_at"] <= other.facts["made_at"]


def test_a_stage_that_recalls_is_given_the_days_before_within_its_window(toys: Toys, settings: Settings) -> None:
    for day in (23, 24, 29, 31):
        made = listed(settings, day)
    results.run("judged", settings, DAY, {"listed": made})
    assert [day for day, _ in toys.past] == ["2024-01-29"] * 2 + ["2024-01-24"] * 2
    assert sorted(shard for _, shard in toys.past[:2]) == ["0", "1"]


def test_lists_of_another_source_are_not_recalled(toys: Toys, settings: Settings) -> None:
    listed(load([f"store={settings.store}", "source.kind=files"]), 30)
    results.run("judged", settings, DAY, {"listed": listed(settings, 31)})
    assert toys.past == []


def test_what_is_recalled_is_part_of_the_mark(toys: Toys, settings: Settings) -> None:
    made = {"listed": listed(settings, 31)}
    before = results.run("judged", settings, DAY, made)
    assert results.run("judged", settings, DAY, made).cached
    listed(settings, 30)
    assert results.find("judged", settings, DAY, made) is None
    assert results.run("judged", settings, DAY, made).fingerprint != before.fingerprint
    assert len(toys.past) == 2


def test_each_shard_goes_on_from_the_same_shard_of_the_latest_earlier_day(toys: Toys, settings: Settings) -> None:
    first = listed(settings, 27)
    assert toys.earlier is None
    listed(settings, 29)
    other = (replace(RAW, fingerprint="raw-2", facts={"model_version": "another"}),)
    for shard in (0, 1):
        made = results.run("listed", settings, DAY, {"raw": other}, shard)
        assert toys.earlier == ("2024-01-29", str(shard))
        assert made.facts["line"] == first[0].facts["line"]


@pytest.mark.parametrize("other", ["runtime.shards=3", "source.kind=files"])
def test_lists_in_other_shards_or_of_another_source_are_not_gone_on_from(
    toys: Toys, settings: Settings, other: str
) -> None:
    listed(settings, 29)
    results.run("listed", load([f"store={settings.store}", other]), DAY, {"raw": (RAW,)}, 1)
    assert toys.earlier is None


def test_lists_that_an_earlier_version_left_are_gone_on_from(toys: Toys, settings: Settings) -> None:
    store = Store(settings.store)
    made = listed(settings, 29)[0]
    for file in store.filesystem.glob(f"{store.root}/listed/as_of=2024-01-29/*/manifest.json"):
        manifest = json.loads(store.filesystem.cat_file(file))
        del manifest["facts"]["settings"]
        store.filesystem.pipe_file(file, json.dumps(manifest).encode())
    results.run("listed", settings, DAY, {"raw": (RAW,)}, 0)
    assert toys.earlier == ("2024-01-29", made.facts["shard"])


@pytest.mark.usefixtures("toys")
def test_a_stage_without_its_inputs_says_what_to_run_first(settings: Settings) -> None:
    with pytest.raises(DataError, match="stage cooked lacks inputs") as caught:
        results.run("cooked", settings, DAY, {})
    assert (caught.value.seen, caught.value.remedy) == ("none", "run raw first")


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize("shard", [-1, 2])
def test_a_shard_that_does_not_exist_is_refused(settings: Settings, shard: int) -> None:
    with pytest.raises(SettingsError, match="no such shard") as caught:
        results.run("cooked", settings, DAY, {"raw": (RAW,)}, shard)
    assert (caught.value.seen, caught.value.expected) == (str(shard), "0 to 1")


def test_a_stage_that_fails_leaves_nothing(
    toys: Toys, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(job: Job) -> Result:
        (job.folder / "half.txt").write_text("half")
        raise DataError("no good")

    monkeypatch.setattr(toys, "run", fail)
    with pytest.raises(DataError, match="no good"):
        results.run("raw", settings, DAY, {})
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("toys")
def test_a_stage_logs_one_line(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "recsys"):
        results.run("raw", settings, DAY, {})
    (line,) = caplog.messages
    assert line.startswith("raw: 3 toys; ")


def test_a_pipeline_feeds_each_stage_with_those_before_it(toys: Toys, settings: Settings) -> None:
    seen: list[Manifest] = []
    made = pipeline.run(["raw", "cooked"], settings, DAY, seen.append)
    assert toys.calls == [(DAY, 0), (DAY, 0), (DAY, 1)]
    assert [len(made[name]) for name in ("raw", "cooked")] == [1, 2]
    assert seen == [*made["raw"], *made["cooked"]]


def test_every_real_stage_needs_stages_before_it_and_real_settings() -> None:
    before: set[str] = set()
    for name, stage in STAGES.items():
        assert set(stage.needs) <= before
        assert set(stage.sections) <= set(Settings.model_fields)
        assert callable(stage.load().run)
        assert callable(stage.load().digest) if stage.reads else True
        assert callable(stage.load().version) if stage.encodes else True
        before.add(name)

"""What a log hears of long work, and what a person sees."""

import logging
import re
from collections.abc import Iterator

import pytest

from recsys import progress
from recsys.artifacts import Manifest
from recsys.library.duration import left
from recsys.progress import Progress, Steps


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A person watches, and bars look at the clock at once."""
    monkeypatch.setattr(progress, "watched", lambda: True)
    monkeypatch.setattr(progress, "TICK", 0.01)
    monkeypatch.setattr(progress, "DELAY", 0.0)
    yield
    assert Steps.shown is None


def test_it_is_told_now_and_then_how_much_is_done(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = iter([0.0, 9.0, 11.0, 11.0, 20.0, 22.0, 22.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    told = Progress("rank: %d of %d lists", 90)
    with caplog.at_level(logging.INFO, "recsys.progress"):
        for done in (10, 20, 30, 40):
            told.reached(done)
    assert caplog.messages == ["rank: 20 of 90 lists", "rank: 40 of 90 lists"]


def test_a_log_is_told_once_how_long_the_rest_may_take(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "recsys.progress"), Steps(["ingest", "signals", "ranker"]) as steps:
        for seconds in (250.0, 80.0, 0.0):
            steps.done(seconds)
    assert caplog.messages == ["about 4 min left"]


def test_where_the_rest_is_short_a_log_is_told_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "recsys.progress"), Steps(["ingest", "signals"]) as steps:
        steps.done(3.0)
    assert caplog.messages == []


@pytest.mark.usefixtures("watched")
def test_a_person_sees_a_bar_with_the_step_what_is_done_of_it_and_what_is_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Steps(["ingest", "features", "ranker"]) as steps:
        assert _waited_for(steps, capsys, "ingest (1 of 3)", "so far")
        steps.done(100.0)
        Progress("features: %d of %d texts", 9000).reached(2048)
        assert _waited_for(steps, capsys, "features (2 of 3)", "2,048 of 9,000", "left")
    assert capsys.readouterr().err.endswith("\r")


def _waited_for(steps: Steps, capsys: pytest.CaptureFixture[str], *texts: str) -> bool:
    """Whether a picture of the bar shows all these texts within some seconds."""
    seen = ""
    for _ in range(1000):
        seen += capsys.readouterr().err
        if any(all(text in picture for text in texts) for picture in re.split("\r", seen)):
            return True
        steps._ended.wait(0.01)
    return False


@pytest.mark.usefixtures("watched")
def test_a_count_alone_has_a_bar_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    told = Progress("rank: %d of %d lists", 90)
    told.reached(45)
    told.reached(90)
    assert "rank" in capsys.readouterr().err


@pytest.mark.usefixtures("watched")
def test_when_a_run_fails_its_bar_goes_too() -> None:
    with pytest.raises(ZeroDivisionError), Steps(["ingest"]):
        1 / 0  # noqa: B018


def test_lines_are_written_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    progress.line("a warning")
    assert capsys.readouterr().err == "a warning\n"


STAGES = ("ingest", "features", "interests", "transfer", "signals", "ranker")


def _done(*stages: tuple[str, float, bool]) -> list[Manifest]:
    rows = {"events": 250_000, "items": 5_000}
    return [Manifest(name, "", "", "", rows, seconds=seconds, cached=cached) for name, seconds, cached in stages]


def test_what_is_left_follows_from_the_events_and_from_how_fast_this_machine_is() -> None:
    first = left(_done(("ingest", 1.0, False)), STAGES)
    assert first == pytest.approx(10 + 0.98 * 246)
    fast = left(_done(("ingest", 1.0, False), ("features", 2.0, False)), STAGES)
    found = left(_done(("ingest", 0.0, True), ("features", 0.0, True)), STAGES)
    slow = left(_done(("ingest", 1.0, False), ("features", 100.0, False)), STAGES)
    assert fast < found < slow
    assert left(_done(*((name, 1.0, False) for name in STAGES)), STAGES) == 0

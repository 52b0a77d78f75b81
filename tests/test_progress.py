"""What a log hears of long work."""

import logging

import pytest

from recsys.progress import Progress

log = logging.getLogger(__name__)


def test_it_is_told_now_and_then_how_much_is_done(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = iter([0.0, 9.0, 11.0, 11.0, 20.0, 22.0, 22.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    told = Progress(log, "rank: %d of %d lists", 90)
    with caplog.at_level(logging.INFO, __name__):
        for done in (10, 20, 30, 40):
            told.reached(done)
    assert caplog.messages == ["rank: 20 of 90 lists", "rank: 40 of 90 lists"]

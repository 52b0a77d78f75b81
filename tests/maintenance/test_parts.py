import logging

import pytest

from recsys.errors import DataError, TransientError
from recsys.maintenance.parts import run


def away() -> str:
    raise ConnectionError("postgresql://ann:secret@db/shop is away")


def refused() -> str:
    raise DataError("the rows are refused")


def test_each_part_states_in_a_line_what_it_removed() -> None:
    lines: list[str] = []
    run({"logs": lambda: "3 files removed", "runs": lambda: "nothing removed"}, lines.append)
    assert lines == ["logs: 3 files removed", "runs: nothing removed"]


def test_a_part_that_fails_stops_no_other_and_is_named_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    lines: list[str] = []
    with caplog.at_level(logging.ERROR), pytest.raises(TransientError, match="2 of 3 parts") as failure:
        run({"store": away, "lists": refused, "logs": lambda: "3 files removed"}, lines.append)
    assert lines == ["logs: 3 files removed"]
    assert failure.value.where == "store, lists"
    assert "secret" not in str(failure.value) + caplog.text


def test_what_another_try_does_not_help_is_not_tried_again() -> None:
    with pytest.raises(DataError, match="1 of 1 parts"):
        run({"lists": refused}, print)

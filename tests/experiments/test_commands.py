"""Experiments from the command line, as a person types them."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from typer.testing import CliRunner

from recsys.cli import app
from tests.experiments.conftest import Shop

Call = Callable[..., str]


@pytest.fixture
def call(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Output of `recsys experiment` with arguments, whose exit status is `status`."""
    monkeypatch.setenv("RECSYS_DATABASE_URL", shop.dsn)

    def output(*arguments: str, status: int = 0) -> str:
        result = CliRunner().invoke(app, ["experiment", *arguments])
        assert result.exit_code == status, result.output
        return result.output

    return output


def test_a_first_experiment_from_start_to_end(call: Call, shop: Shop) -> None:
    assert call("show") == "no experiment was made yet\n"
    assert call("judge") == "no experiment runs, so there is nothing to judge\n"
    began = call(
        "start",
        "bigger-titles",
        "--arms",
        "champion=50,challenger=50",
        "--publication",
        f"challenger={shop.other}",
        "--smallest-effect",
        "0.2",
        "--actor",
        "ann",
    )
    assert began.splitlines() == [
        "bigger-titles runs: champion 50%, challenger 50%",
        "no ctr of the days before is known, so nor is what the experiment can find",
    ]
    shop.passed(1)
    shop.day(np.random.default_rng(0), 1000, 0.2, +1.0)
    assert call("judge").startswith("challenger: wait: ")
    assert call("switch", "bigger-titles", "--arms", "champion=20,challenger=80") == (
        "bigger-titles: champion 20%, challenger 80% from now on\n"
    )
    assert call("end", "bigger-titles", "--promote", "challenger", "--actor", "bob") == (
        "bigger-titles: challenger promoted by hand\n"
    )
    printed = call("show", "bigger-titles")
    assert printed.startswith("bigger-titles: ended, ctr, by ann, ended ")
    assert "challenger: switch: champion 50%, challenger 50% before; champion 20%, challenger 80% now" in printed
    assert "challenger: promote: by hand; by bob" in printed


def test_what_was_seen_is_shown_with_its_interval_and_the_sample_ratio(call: Call, shop: Shop) -> None:
    call("start", "first", "--steps", "20,50")
    shop.passed(1)
    shop.day(np.random.default_rng(0), 1000, 0.2, 0.0)
    assert call("judge").startswith("challenger: grow: not surely worse (")
    printed = call("show")
    assert "champion 80%, challenger 20%\n" in printed
    assert "champion 50%, challenger 50%\n" in printed
    assert re.search(r"sample ratio: p (1|0\.\d+), it holds", printed)
    assert " of 0.2" in printed or " of 0.1" in printed


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["start", "first", "--arms", "champion=90,challenger=20"], "no whole"),
        (["start", "first"], "cannot be read"),
        (["start", "first", "--steps", "5", "--publication", "challenger=99"], "cannot show this publication"),
        (["end", "first"], "no such experiment runs"),
        (["show", "first"], "there is no such experiment"),
        (["judge", "first"], "no such experiment runs"),
        (["switch", "first", "--arms", "champion=90,challenger=10"], "no such experiment runs"),
    ],
)
def test_a_wrong_command_ends_with_status_1_and_what_is_wrong(call: Call, arguments: list[str], problem: str) -> None:
    assert problem in call(*arguments, status=1)

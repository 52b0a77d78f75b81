"""The form of experiments stands for the command that a person would type."""

from __future__ import annotations

from typing import Any

import experiment_form
import pytest

from recsys.errors import SettingsError


def filled(**given: Any) -> list[str]:
    return experiment_form.arguments(
        {name: param.value for name, param in experiment_form.form().items()} | given, "ann"
    )


def test_an_untouched_form_judges_what_runs() -> None:
    assert filled() == ["judge", "--actor=ann", "--"]


def test_every_command_gets_its_options_and_no_others() -> None:
    steps: dict[str, Any] = {"name": "first", "steps": "1,5", "publication": "challenger=17", "promote": "challenger"}
    assert filled(command="start", **steps) == [
        "start",
        "--publication=challenger=17",
        "--steps=1,5",
        "--metric=ctr",
        "--smallest-effect=0.05",
        "--min-users=100",
        "--actor=ann",
        "--",
        "first",
    ]
    assert filled(command="end", **steps) == ["end", "--promote=challenger", "--actor=ann", "--", "first"]
    assert filled(command="switch", arms="champion=5,challenger=95") == [
        "switch",
        "--arms=champion=5,challenger=95",
        "--actor=ann",
        "--",
    ]


def test_a_start_without_a_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="begins with a name"):
        filled(command="start", steps="1,5")


@pytest.mark.parametrize(
    ("field", "value"),
    [("command", "destroy"), ("metric", "likes"), ("publication", "17"), ("smallest_effect", 0), ("min_users", 0)],
)
def test_the_form_refuses_what_cannot_be(field: str, value: object) -> None:
    with pytest.raises(Exception, match="Failed validating"):
        experiment_form.form()[field].resolve(value)

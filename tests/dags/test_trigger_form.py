from __future__ import annotations

from typing import Any

import pytest
import trigger_form

from recsys.settings import load
from recsys.sources.layout import names


def untouched() -> dict[str, Any]:
    return {name: param.value for name, param in trigger_form.form().items()}


def test_the_form_shows_the_settings_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_LISTS__TOP_N", "25")
    assert trigger_form.form()["top_n"].value == 25


def test_an_untouched_form_changes_no_setting() -> None:
    assert load(trigger_form.overrides(untouched())) == load()


def test_a_smaller_set_and_an_older_day_can_be_published_from_the_form() -> None:
    given = {"least_coverage": 0.1, "least_overlap": 0, "force": True}
    chosen = load(trigger_form.overrides({**untouched(), **given})).database
    assert (chosen.min_coverage, chosen.min_overlap, chosen.force) == (0.1, 0, True)


def test_a_run_can_be_made_for_an_arm_from_the_form() -> None:
    assert load(trigger_form.overrides({**untouched(), "arm": "challenger"})).database.arm == "challenger"


def test_the_form_offers_every_layout() -> None:
    assert load(trigger_form.overrides({**untouched(), "layout": "mind"})).source.layout == "mind"
    assert trigger_form.form()["layout"].schema["enum"] == [None, *names()]


def test_every_field_of_the_form_sets_a_setting() -> None:
    assert set(trigger_form.form()) == {"as_of", *trigger_form.FIELDS}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("top_n", 0),
        ("shards", "two"),
        ("source", "oracle"),
        ("as_of", "monday"),
        ("least_coverage", 1.5),
        ("force", "yes"),
        ("layout", "none such"),
    ],
)
def test_the_form_refuses_what_cannot_be(field: str, value: object) -> None:
    with pytest.raises(Exception, match="Failed validating"):
        trigger_form.form()[field].resolve(value)

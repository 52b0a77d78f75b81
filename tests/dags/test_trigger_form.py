from __future__ import annotations

import pytest
import trigger_form

from recsys.settings import load


def test_the_form_shows_the_settings_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_RANKING__TOP_N", "25")
    assert trigger_form.form()["top_n"].value == 25


def test_an_untouched_form_changes_no_setting() -> None:
    untouched = {name: param.value for name, param in trigger_form.form().items()}
    assert load(trigger_form.overrides(untouched)) == load()


def test_a_smaller_set_and_an_older_day_can_be_published_from_the_form() -> None:
    filled = {name: param.value for name, param in trigger_form.form().items()} | {"least_coverage": 0.1, "force": True}
    chosen = load(trigger_form.overrides(filled)).database
    assert (chosen.least_coverage, chosen.force) == (0.1, True)


def test_every_field_of_the_form_sets_a_setting() -> None:
    assert set(trigger_form.form()) == {"as_of", *trigger_form.FIELDS}


@pytest.mark.parametrize(("field", "value"), [
    ("top_n", 0), ("shards", "two"), ("source", "oracle"), ("as_of", "monday"), ("least_coverage", 1.5),
    ("force", "yes"),
])  # fmt: skip
def test_the_form_refuses_what_cannot_be(field: str, value: object) -> None:
    with pytest.raises(Exception, match="Failed validating"):
        trigger_form.form()[field].resolve(value)

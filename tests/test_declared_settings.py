"""Which stages are done again when a setting changes, and what a stage may read at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from pydantic import BaseModel

from recsys import results
from recsys.artifacts import Manifest
from recsys.settings import Settings
from recsys.stages import BESIDES, STAGES, shards, stage_of

DAY = date(2026, 1, 5)
KEPT = tuple(name for name, stage in STAGES.items() if stage.stored)
"""Stages whose results are found again; the others are always asked."""
FROM_RANK = {"rank", "evaluate"}
FROM_SIGNALS = {"signals", "item_lists", "ranker", *FROM_RANK}
FROM_INTERESTS = {"interests", "transfer", *FROM_SIGNALS}
FROM_FEATURES = {"features", *FROM_INTERESTS}
AGAIN = {
    "store": set[str](),
    "seed": FROM_INTERESTS,
    "source": {"check", "ingest", *FROM_FEATURES},
    "events": {"check", "ingest", *FROM_FEATURES},
    "language": {"check", *FROM_FEATURES},
    "pictures": FROM_FEATURES,
    "training": set[str](),
    "interests": FROM_INTERESTS,
    "transfer": {"check", "transfer", *FROM_SIGNALS},
    "ranking": FROM_SIGNALS,
    "lists": {"item_lists", *FROM_RANK},
    "evaluation": {"evaluate"},
    "feedback": set[str](),
    "runtime": set[str](),
    "database": set[str](),
    "tracking": set[str](),
    "retention": set[str](),
    "monitor": set[str](),
    "alerts": set[str](),
}
"""Stages that a change of any field of a section has done again."""
IN_OTHER_PARTS = FROM_FEATURES
"""Stages that another number of shards has done again: those that are cut, and what reads them."""
CHANGES_NOTHING = {"source.ready", "source.ready_hours"}


@pytest.fixture(autouse=True)
def _nothing_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages that read the world find nothing there."""
    for stage in STAGES.values():
        for asked in ("digest", "version"):
            if hasattr(stage.load(), asked):
                monkeypatch.setattr(stage.load(), asked, lambda *_: "")


def marks(settings: Settings) -> dict[str, str]:
    """Fingerprints of all results of a day."""
    made: dict[str, tuple[Manifest, ...]] = {}
    for name in STAGES:
        inputs = {need: made[need] for need in stage_of(name).needs}
        parts = [results.mark_of(name, settings, DAY, inputs, shard) for shard in shards(name, settings)]
        made[name] = tuple(Manifest(name, str(DAY), part, "") for part in parts)
    return {name: ", ".join(manifest.fingerprint for manifest in made[name]) for name in KEPT}


def fields() -> Iterator[tuple[str, str]]:
    for name, value in Settings():
        yield from ((name, field) for field in (type(value).model_fields if isinstance(value, BaseModel) else [""]))


def other(settings: Settings, section: str, field: str) -> Settings:
    """The settings with another value of one field, whether it makes sense or not."""
    if not field:
        return settings.model_copy(update={section: f"{getattr(settings, section)}1"})
    value = getattr(settings, section)
    changed = getattr(value, field) + 1 if field == "hindsight_days" else "other"
    return settings.model_copy(update={section: value.model_copy(update={field: changed})})


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(("section", "field"), [pair for pair in fields() if pair != ("runtime", "shards")])
def test_a_setting_has_those_stages_done_again_that_depend_on_it(
    section: str, field: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(store=str(tmp_path_factory.getbasetemp() / "nothing"))
    before, after = marks(settings), marks(other(settings, section, field))
    again = {name for name in KEPT if before[name] != after[name]}
    assert again == (set() if f"{section}.{field}" in CHANGES_NOTHING else AGAIN[section])


def test_another_number_of_shards_has_what_is_cut_done_again() -> None:
    one, three = (marks(Settings(runtime={"shards": count})) for count in (1, 3))
    assert {name for name in KEPT if one[name] != three[name]} == IN_OTHER_PARTS


@pytest.mark.parametrize("name", [*STAGES, *BESIDES])
def test_a_stage_that_reads_what_it_does_not_declare_fails(name: str) -> None:
    stage = stage_of(name)
    declared = Settings().only((*stage.sections, *stage.aside))
    for section in Settings.model_fields:
        if section in {*stage.sections, *stage.aside}:
            assert getattr(declared, section) == getattr(Settings(), section)
        else:
            with pytest.raises(AttributeError, match=section):
                getattr(declared, section)

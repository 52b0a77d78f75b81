"""From files to lists: the command line makes what the library makes, and what must not count changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from recsys import stages
from recsys.artifacts import Manifest
from recsys.cli import app
from recsys.settings import load
from tests.brief import brief_training

Chosen = Callable[[Mapping[str, str]], list[str]]
RunOn = Callable[[Mapping[str, str]], stages.Inputs]
Lists = Callable[[stages.Inputs], dict[str, bytes]]
END_OF_DAY = pd.Timestamp("2026-01-06", tz="UTC")


@brief_training(backcasts=2)
def commanded(name: str, shard: int, overrides: list[str], inputs: Path) -> dict[str, Any]:
    """Manifest that `recsys run` prints."""
    setting = [part for override in overrides for part in ("--set", override)]
    ended = CliRunner().invoke(
        app, ["run", name, "--as-of", "2026-01-05", "--shard", str(shard), "--inputs", str(inputs), *setting]
    )
    assert ended.exit_code == 0, ended.output
    return dict(json.loads(ended.stdout))


def test_stages_run_by_hand_from_manifests_make_what_the_library_makes(
    plain: stages.Inputs, chosen: Chosen, shop: dict[str, str], lists: Lists, tmp_path: Path
) -> None:
    overrides, inputs = chosen(shop), tmp_path / "inputs.json"
    made: dict[str, list[dict[str, Any]]] = {}
    for name in plain:
        inputs.write_text(json.dumps(made))
        made[name] = [commanded(name, shard, overrides, inputs) for shard in stages.shards(name, load(overrides))]
    by_hand = {name: tuple(Manifest.from_dict(one) for one in many) for name, many in made.items()}
    assert not any(one.cached for many in by_hand.values() for one in many)
    assert lists(by_hand) == lists(plain)


def test_every_user_gets_a_whole_list_of_what_they_have_not_seen(plain: stages.Inputs, shop: dict[str, str]) -> None:
    served = pd.concat([pd.read_parquet(one.path("recommendations.parquet")) for one in plain["rank"]])
    rows = served.explode("item_ids")
    seen = pd.read_parquet(shop["events"])[["user_id", "item_id"]]
    assert rows.groupby("user_id")["item_ids"].nunique().tolist() == [5] * seen["user_id"].nunique()
    assert rows.merge(seen, left_on=["user_id", "item_ids"], right_on=["user_id", "item_id"]).empty


def after_the_day(events: pd.DataFrame) -> pd.DataFrame:
    """From the first moment of the next day on, everyone plays what they never would, and somebody new everything."""
    late = events.assign(item_id=events["item_id"].sample(frac=1, random_state=0).to_numpy(), occurred_at=END_OF_DAY)
    return pd.concat([events, late, late.assign(user_id="new", occurred_at=END_OF_DAY + pd.Timedelta(days=400))])


def bad(events: pd.DataFrame) -> pd.DataFrame:
    """Rows that ingest sets aside, fewer than would stop it, and some that are there already."""
    faults: list[dict[str, Any]] = [
        {"user_id": None},
        {"item_id": ""},
        {"item_id": "no such"},
        {"action": "stare"},
        {"action": "rate", "value": float("inf")},
        {"occurred_at": None},
    ]
    rows = [events.iloc[[number]].assign(**fault) for number, fault in enumerate(faults)]
    return pd.concat([*rows, events, events.head(20)])


@pytest.mark.parametrize("change", [after_the_day, bad])
def test_what_must_not_count_changes_no_byte_of_a_list(
    change: Callable[[pd.DataFrame], pd.DataFrame],
    plain: stages.Inputs,
    run_on: RunOn,
    lists: Lists,
    shop: dict[str, str],
    tmp_path: Path,
) -> None:
    change(pd.read_parquet(shop["events"])).to_parquet(tmp_path / "events.parquet")
    changed = run_on({**shop, "events": str(tmp_path / "events.parquet")})
    assert changed["ingest"][0].fingerprint != plain["ingest"][0].fingerprint
    assert lists(changed) == lists(plain)


def test_an_event_of_the_last_moment_of_the_day_counts(
    plain: stages.Inputs, run_on: RunOn, lists: Lists, shop: dict[str, str], tmp_path: Path
) -> None:
    events = pd.read_parquet(shop["events"])
    last = events.head(1).assign(item_id="i39", occurred_at=END_OF_DAY - pd.Timedelta(microseconds=1))
    pd.concat([events, last]).to_parquet(tmp_path / "events.parquet")
    assert lists(run_on({**shop, "events": str(tmp_path / "events.parquet")})) != lists(plain)

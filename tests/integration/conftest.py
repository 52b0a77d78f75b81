"""The library's whole path on the tiny shop: settings for a store of one's own, and one run that tests compare with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pytest

from recsys import pipeline, stages
from recsys.settings import load
from tests.brief import brief_training

AS_OF = date(2026, 1, 5)
PATH = ("ingest", "features", "interests", "transfer", "signals", "item_lists", "ranker", "rank")
Chosen = Callable[[Mapping[str, str]], list[str]]
Lists = Callable[[stages.Inputs], dict[str, bytes]]


@pytest.fixture(scope="session")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Chosen:
    """Overrides for a run on the files given, with a store of its own."""

    def overrides(files: Mapping[str, str]) -> list[str]:
        store = tmp_path_factory.mktemp("store")
        named = [f"source.{table}={file}" for table, file in files.items()]
        return [
            f"store={store}",
            "source.kind=files",
            *named,
            "lists.top_n=5",
            "evaluation.resamples=100",
            "evaluation.cold_share=0",
        ]

    return overrides


@pytest.fixture(scope="session")
def run_on(chosen: Chosen) -> Callable[[Mapping[str, str]], stages.Inputs]:
    """What the stages make of files, up to the lists, when the library runs them."""
    return brief_training(backcasts=2)(lambda files: pipeline.run(PATH, load(chosen(files)), AS_OF))


@pytest.fixture(scope="session")
def plain(run_on: Callable[[Mapping[str, str]], stages.Inputs], shop: dict[str, str]) -> stages.Inputs:
    """What the stages make of the shop as it is."""
    return run_on(shop)


@pytest.fixture(scope="session")
def lists() -> Lists:
    """Bytes of every file from which readers are served, and of the account of what was transferred."""

    def read(made: stages.Inputs) -> dict[str, bytes]:
        files = {f"shard {shard}": one.path("recommendations.parquet") for shard, one in enumerate(made["rank"])}
        files["fallback"] = made["rank"][0].path("fallback.parquet")
        files["trace"] = made["transfer"][0].path("trace.parquet")
        return {name: file.read_bytes() for name, file in files.items()}

    return read

"""A user who is forgotten is in no table and no file, stays out, and there is a proof of it."""

import io
import json
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg2
import pytest

from recsys import results
from recsys.errors import GateError, TransientError
from recsys.privacy.files import Change, Files
from recsys.publish import refresh as refreshing
from recsys.publish import roles, tables
from recsys.publish.copying import copy_into
from recsys.publish.erasure import forget, sealed
from recsys.publish.lists import batches
from recsys.publish.loading import begin
from recsys.publish.publication import publish
from recsys.publish.refresh import fold_in, refresh
from recsys.settings import DatabaseSettings
from recsys.standalone import cluster
from recsys.standalone.postgres import Server
from tests.publish.day import AS_OF, SOMEBODY, Day
from tests.publish.test_refresh import NEXT

LIMITS = DatabaseSettings(min_overlap=0, min_coverage=0)
Ask = Callable[..., list[tuple[Any, ...]]]
Write = Any


def dumped(postgres: Server, dsn: str) -> str:
    """Everything that the database holds, as text."""
    command = [str(cluster.binaries(postgres.home) / "pg_dump"), "--data-only", dsn]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def holding(folder: Path, words: str) -> list[str]:
    """Files of a folder in which the words stand, whatever their kind."""

    def text(file: Path) -> bytes:
        content = file.read_bytes()
        return pd.read_parquet(io.BytesIO(content)).to_csv().encode() if file.suffix == ".parquet" else content

    return [str(file) for file in sorted(folder.rglob("*")) if file.is_file() and words.encode() in text(file)]


def test_a_forgotten_user_is_found_nowhere_and_a_proof_says_so(
    store: str, mine: Day, postgres: Server, ask: Ask, write: Write
) -> None:
    publish(store, mine.draft(), LIMITS)
    mine.goes_on([(SOMEBODY, "i01")])
    refresh(store, mine.settings(), NEXT)
    with pytest.raises(GateError):
        publish(store, write({SOMEBODY: [("ghost", 1.0)]}, "2026-01-07"), LIMITS)
    kept = mine.folder / "store"
    days = (AS_OF, "2020-01-01", "2026-01-20")  # of the last one nothing is left but the model
    tuned = [kept / "finetune" / f"as_of={day}" / "1f3a" / "manifest.json" for day in days]
    for file in tuned:
        file.parent.mkdir(parents=True)
        file.write_text("{}")
    assert dumped(postgres, store).count(SOMEBODY) >= 3
    assert len(holding(kept, SOMEBODY)) >= 4

    made = forget(store, mine.settings(), SOMEBODY)

    assert SOMEBODY not in dumped(postgres, store)
    assert holding(kept, SOMEBODY) == []
    proof = json.loads(Path(made.proof).read_text())
    assert proof == sealed(proof)
    assert (proof["state"], proof["left"]) == ("done", [])
    assert proof["tables"]["overlay_list"] == proof["tables"]["recommendation_list_1"] == 1
    assert proof["searched"]["files"] > 20
    assert made.marked == 4
    assert [(file.parent / "forgotten.json").is_file() for file in tuned] == [True, False, True]
    assert ask("SELECT audience FROM recommend(%s, 1)", SOMEBODY) == [("population",)]
    assert len(ask("SELECT DISTINCT user_id FROM recommendations")) == 29
    again = forget(store, mine.settings(), SOMEBODY)
    assert (again.rows, again.proof) == (0, made.proof)


def test_models_are_marked_though_the_first_try_was_cut_off(
    store: str, mine: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(files: Files, user_id: str) -> list[Change]:
        files_remove(files, user_id)
        raise TransientError("the disk went away")

    files_remove = Files.remove
    with monkeypatch.context() as patch:
        patch.setattr(Files, "remove", cut_off)
        with pytest.raises(TransientError):
            forget(store, mine.settings(), SOMEBODY)
    made = forget(store, mine.settings(), SOMEBODY)
    marks = sorted(file.parts[-4] for file in (mine.folder / "store").rglob("forgotten.json"))
    assert marks == ["signals", "transfer"]
    assert len(json.loads(Path(made.proof).read_text())["marked"]) == made.marked == 2


def test_another_try_keeps_what_the_proof_tells_and_marks_nothing_made_since(store: str, mine: Day) -> None:
    first = json.loads(Path(forget(store, mine.settings(), SOMEBODY).proof).read_text())
    since = mine.folder / "store" / "finetune" / f"as_of={NEXT}" / "1f3a" / "manifest.json"
    since.parent.mkdir(parents=True)
    since.write_text("{}")
    again = json.loads(Path(forget(store, mine.settings(), SOMEBODY).proof).read_text())
    assert again == sealed(again)
    assert {name: again[name] for name in ("marked", "files", "tables")} == {
        name: first[name] for name in ("marked", "files", "tables")
    }
    assert first["files"]
    assert not (since.parent / "forgotten.json").exists()


@pytest.mark.parametrize("alone", [True, False], ids=["one shard", "of several"])
def test_a_set_that_is_loading_is_waited_for(store: str, mine: Day, write: Write, alone: bool) -> None:
    loading = write({SOMEBODY: [("a", 1.0)]})
    limits = LIMITS.model_copy(update={"lock_timeout_ms": 50})
    with closing(psycopg2.connect(store)) as db, db.cursor() as work:
        roles.act_as_publisher(db)
        begun = begin(db, loading, LIMITS)
        assert begun is not None
        copy_into(work, tables.of(tables.LISTS, begun.pub_id), begun.pub_id, batches(loading.lists[0]), alone)
        release = threading.Timer(1.0, db.commit)
        release.start()
        made = forget(store, mine.settings().model_copy(update={"database": limits}), SOMEBODY)
        release.join()
    assert json.loads(Path(made.proof).read_text())["tables"][f"recommendation_list_{begun.pub_id}"] == 1


def test_a_file_that_a_stage_is_writing_asks_for_another_try(store: str, mine: Day) -> None:
    half = mine.folder / "store" / "rank" / f"as_of={NEXT}" / ".aside-1f3a" / "recommendations.parquet"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"PAR1")
    with pytest.raises(TransientError, match="a stage is writing"):
        forget(store, mine.settings(), SOMEBODY)
    assert holding(mine.folder / "store" / "ingest", SOMEBODY) == []
    half.unlink()
    assert json.loads(Path(forget(store, mine.settings(), SOMEBODY).proof).read_text())["left"] == []


def test_a_refresh_under_way_lays_no_list_for_who_is_forgotten_meanwhile(
    store: str, mine: Day, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*given: Any) -> pd.DataFrame:
        forget(store, mine.settings(), "guest-0815")
        return fold_in(*given)

    publish(store, mine.draft(), LIMITS)
    mine.goes_on([("guest-0815", "i01"), ("u02", "i01")])
    with monkeypatch.context() as patch:
        patch.setattr(refreshing, "fold_in", slowly)
        with pytest.raises(TransientError, match="forgotten"):
            refresh(store, mine.settings(), NEXT)
    refresh(store, mine.settings(), NEXT)
    assert ask("SELECT user_id FROM recsys.overlay_list") == [("u02",)]


def test_who_is_forgotten_stays_out_and_models_that_knew_them_refresh_nobody(store: str, mine: Day) -> None:
    publish(store, mine.draft(), LIMITS)
    forget(store, mine.settings(), SOMEBODY)
    ingested = results.run("ingest", mine.settings(), AS_OF, {})
    assert ingested.fingerprint != mine.made["ingest"][0].fingerprint
    assert SOMEBODY not in set(pd.read_parquet(ingested.path("events.parquet"))["user_id"])
    assert len(pd.read_parquet(ingested.path("follows.parquet"))) == 1
    with pytest.raises(GateError, match="run the daily job"):
        refresh(store, mine.settings(), NEXT)

"""A restore checks first, can be run again, and forgets who was forgotten."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recsys.backup import manifest, programs, restoring
from recsys.backup.again import carry
from recsys.errors import DataError, GateError, RecsysError, SettingsError
from recsys.privacy.files import MARK
from recsys.privacy.forgotten import Forgotten
from recsys.publish import erasure, version
from recsys.settings import load
from recsys.standalone import installation
from tests.backup.site import USERS, Site

STAYS, GOES = USERS


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def changed(name: str, value: Any) -> Callable[[Path], None]:
    """Another value in the manifest of a backup."""

    def change(folder: Path) -> None:
        found = json.loads((folder / manifest.FILE).read_text())
        found["versions"][name] = value
        (folder / manifest.FILE).write_text(json.dumps(found))

    return change


def truncate(folder: Path) -> None:
    content = (folder / "recsys.dump").read_bytes()
    (folder / "recsys.dump").write_bytes(content[:-100])


def flip(folder: Path) -> None:
    content = bytearray((folder / "store.tar").read_bytes())
    content[700] ^= 1
    (folder / "store.tar").write_bytes(content)


def undescribe(folder: Path) -> None:
    found = json.loads((folder / manifest.FILE).read_text())
    del found["files"]["secrets.tar"]
    (folder / manifest.FILE).write_text(json.dumps(found))


DAMAGES: dict[str, tuple[Callable[[Path], None], type[RecsysError], str]] = {
    "a truncated file": (truncate, DataError, r"recsys.dump: \d+ bytes instead of \d+"),
    "a flipped bit": (flip, DataError, "store.tar: another content"),
    "a missing file": (lambda folder: (folder / "roles.sql").unlink(), DataError, "roles.sql: missing"),
    "a file that is not described": (undescribe, DataError, "secrets.tar: missing"),
    "no manifest": (lambda folder: (folder / manifest.FILE).unlink(), DataError, "no backup that is whole"),
    "an older Postgres": (changed("Postgres", "17.9.0"), SettingsError, "Postgres 17.9.0"),
    "a newer Airflow": (changed("Airflow", "3.99.0"), SettingsError, "Airflow 3.99.0"),
    "another product": (changed("recsys", "1.0.0"), SettingsError, "recsys 1.0.0"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_cannot_be_restored_is_refused_before_anything_changes(saved: Path, tmp_path: Path, damage: str) -> None:
    harm, kind, seen = DAMAGES[damage]
    shutil.copytree(saved, tmp_path / "saved")
    harm(tmp_path / "saved")
    (tmp_path / "home" / "store").mkdir(parents=True)
    with pytest.raises(kind, match=seen) as refused:
        restoring.restore(tmp_path / "home", tmp_path / "saved", True, print)
    assert refused.value.where.startswith(str(tmp_path / "saved"))
    assert "nothing was changed" in refused.value.remedy
    assert [file.name for file in (tmp_path / "home").rglob("*")] == ["store"]


def test_a_restore_over_an_installation_is_refused(saved: Path, site: Site) -> None:
    before = contents(site.home / "store")
    with pytest.raises(GateError, match="installation runs"):
        restoring.restore(site.home, saved, True, print)
    site.stop()
    with pytest.raises(GateError, match="--replace"):
        restoring.restore(site.home, saved, False, print)
    assert contents(site.home / "store") == before
    assert site.started().lists() == {user: ["b"] for user in USERS}


def test_an_interrupted_restore_is_run_again_and_who_was_forgotten_since_is_forgotten(
    saved: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site.started()
    settings = load([f"store={site.home / 'store'}"])
    erasure.forget(site.dsn, settings, GOES)
    assert site.lists() == {STAYS: ["b"]}
    site.stop()
    whole, dumps = programs.restore, list[Path]()

    def restore(server: Any, file: Path) -> None:
        if dumps:
            raise KeyboardInterrupt
        dumps.append(file)
        whole(server, file)

    monkeypatch.setattr(programs, "restore", restore)
    with pytest.raises(KeyboardInterrupt):
        restoring.restore(site.home, saved, True, print)
    with pytest.raises(GateError, match="interrupted"):
        installation.up(site.home, print)
    monkeypatch.setattr(programs, "restore", whole)

    made = restoring.restore(site.home, saved, False, print)
    assert made.forgotten == 1
    assert made.replaced is not None
    assert {found.name for found in made.replaced.iterdir()} == {"secrets", "postgres", "mlflow", "store"}
    again = site.started()
    assert again.lists() == {STAYS: ["b"]}
    store = again.home / "store"
    assert pd.read_parquet(store / "ingest/as_of=2026-01-09/1f3a/e.parquet")["user_id"].tolist() == [STAYS]
    assert (store / "signals/as_of=2026-01-09/1f3a" / MARK).exists()
    (proof,) = (store / "forgotten").glob("*.json")
    assert json.loads(proof.read_text())["state"] == "done"
    assert json.loads(proof.read_text())["left"] == []


def test_a_restore_into_another_home_names_the_files_that_lie_there(saved: Path, place: Path) -> None:
    (place / "other").mkdir(mode=0o755)
    restoring.restore(place / "other", saved, False, print)
    other = Site(place / "other", None).started()  # type: ignore[arg-type]
    assert other.lists() == {user: ["b"] for user in USERS}
    named = {file for (file,) in other.ask("SELECT manifest -> 'inputs' -> 'rank' ->> 0 FROM recsys.publication")}
    manifests = (place / "other" / "store" / "rank").rglob("manifest.json")
    assert named == {json.loads(file.read_text())["uri"] for file in manifests}
    assert all(name.startswith(f"file://{place}/other/store/rank/") for name in named)


def test_records_of_a_store_elsewhere_hold_for_the_restored_tables_of_an_earlier_version(
    saved: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = shutil.copytree(version.SQL, place / "sql")
    (later / "91_later.sql").write_text("COMMENT ON VIEW recommendations IS 'as it is later'")
    monkeypatch.setattr(version, "SQL", later)
    elsewhere = Forgotten(str(place / "elsewhere"))
    elsewhere.add(GOES, {"marked": ["models of that store"]})
    (place / "elsewhere" / "left.bin").write_bytes(GOES.encode())
    (place / "tables").mkdir(mode=0o755)
    notices: list[str] = []
    copy = shutil.copytree(saved, place / "copy")
    noted = json.loads((copy / manifest.FILE).read_text())
    (copy / manifest.FILE).write_text(json.dumps({**noted, "elsewhere": str(place / "elsewhere")}))
    made = restoring.restore(place / "tables", copy, False, notices.append)
    assert made.forgotten == 1
    assert "left.bin" in notices[-1]
    assert "`recsys forget` is to be run again" in notices[-1]
    assert Site(place / "tables", None).started().lists() == {STAYS: ["b"]}  # type: ignore[arg-type]
    assert elsewhere.proof(GOES)["marked"] == ["models of that store"]


def test_records_under_another_salt_are_not_taken_but_named(tmp_path: Path) -> None:
    now, before, other = (Forgotten(str(tmp_path / name)) for name in ("now", "before", "other"))
    now.add("ann", {})
    shutil.copytree(tmp_path / "now", tmp_path / "before")
    before.add("ben", {})
    other.add("cem", {})
    notices: list[str] = []
    for name in ("nothing", "before", "other"):
        carry(tmp_path / name, tmp_path / "now", notices.append)
    assert [now.is_forgotten()(user) for user in ("ann", "ben", "cem")] == [True, True, False]
    (notice,) = notices
    assert notice.startswith(f"{tmp_path / 'other'}/forgotten has another salt: run `recsys forget`")

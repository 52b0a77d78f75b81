from pathlib import Path

import pytest
from typer.testing import CliRunner

from recsys.cli import app
from recsys.settings import Settings, load
from recsys.trades.trade import TRADES

EVENTS = """user_id,item_id,action,occurred_at,device
ann,lamp,buy,2024-01-02T10:00:00Z,tv
bob,lamp,hum a"b,2024-01-03,tv
"""
ITEMS = "item_id,title\nlamp,Lamp\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "events.csv").write_text(EVENTS)
    (tmp_path / "items.csv").write_text(ITEMS)
    return tmp_path


def _made(folder: Path, *options: str, status: int = 0) -> str:
    ended = CliRunner().invoke(app, ["init", *options, "--out", str(folder / "recsys.toml")])
    assert ended.exit_code == status, ended.output
    return ended.output


def _loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("RECSYS_SETTINGS_FILE", str(folder / "recsys.toml"))
    return load()


def _files(folder: Path) -> list[str]:
    return ["--events", str(folder / "events.csv"), "--items", str(folder / "items.csv")]


@pytest.mark.parametrize("trade", TRADES)
@pytest.mark.parametrize("with_files", [False, True])
def test_what_is_written_can_be_loaded(
    folder: Path, trade: str, with_files: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made(folder, "--trade", trade, *(_files(folder) if with_files else []))
    settings = _loaded(folder, monkeypatch)
    assert settings.source.kind == "files"
    assert settings.source.events == (str(folder / "events.csv") if with_files else "events.csv")
    assert {action: settings.events.action_weights[action] for action in TRADES[trade].weights} == TRADES[trade].weights


@pytest.mark.parametrize("trade", TRADES)
def test_every_setting_of_a_trade_is_in_force(trade: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _made(tmp_path, "--trade", trade)
    settings = _loaded(tmp_path, monkeypatch)
    for line in TRADES[trade].lines:
        section, name = line.name.split(".")
        value = getattr(getattr(settings, section), name)
        assert (list(value) if isinstance(value, tuple) else value) == line.value


def test_an_action_without_a_weight_and_a_column_that_nothing_reads_get_a_comment(folder: Path) -> None:
    _made(folder, "--trade", "ecommerce", *_files(folder))
    text = (folder / "recsys.toml").read_text()
    assert "buy = 1.0  # seen 1 times" in text
    assert '# "hum a\\"b" = 0.0  # seen 1 times, has no weight yet' in text
    assert "# nothing reads, of events: device (text)" in text


def test_events_without_actions_are_those_of_the_trade(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "events.csv").write_text("user_id,item_id\nann,lamp\n")
    _made(folder, "--trade", "news", *_files(folder))
    assert _loaded(folder, monkeypatch).events.default_action == "click"


def test_ratings_without_actions_stay_ratings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "events.csv").write_text("userId,movieId,rating\nann,lamp,4\n")
    _made(folder, "--trade", "ecommerce", *_files(folder))
    assert _loaded(folder, monkeypatch).events.default_action == ""


def test_the_columns_and_the_layout_that_were_named_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "events.csv").write_text("who,item_id,action\nann,lamp,buy\n")
    _made(folder, "--trade", "generic", *_files(folder), "--set", 'source.columns={"user_id": "who"}')
    assert _loaded(folder, monkeypatch).source.columns == {"user_id": "who"}


def test_a_file_that_is_there_stays_as_it_is(folder: Path) -> None:
    (folder / "recsys.toml").write_text("mine")
    _made(folder, "--trade", "news", status=1)
    assert (folder / "recsys.toml").read_text() == "mine"


def test_an_unknown_trade_is_refused_with_those_that_there_are(folder: Path) -> None:
    assert "ecommerce, social, music, news, generic" in _made(folder, "--trade", "farming", status=1)

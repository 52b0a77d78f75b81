import io
import logging
import os
from contextlib import redirect_stderr
from importlib import metadata

import pytest
import typer
from typer.testing import CliRunner

from recsys.cli import Lines, app, explained
from recsys.errors import DataError, GateError, RecsysError, SettingsError, TransientError


@pytest.mark.parametrize(("kind", "status"), [(SettingsError, 1), (DataError, 1), (GateError, 1), (TransientError, 75)])
def test_the_exit_status_tells_whether_another_try_may_help(
    kind: type[RecsysError], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    @explained
    def command() -> None:
        raise kind("it failed", remedy="mend it")

    with pytest.raises(typer.Exit) as ended:
        command()
    assert ended.value.exit_code == status
    assert "error: it failed\n  to do: mend it" in capsys.readouterr().err


def test_what_nobody_foresaw_is_no_refusal_and_shows_where_it_happened(capsys: pytest.CaptureFixture[str]) -> None:
    @explained
    def command() -> None:
        raise OSError("the store is away")

    with pytest.raises(typer.Exit) as ended:
        command()
    assert ended.value.exit_code == os.EX_SOFTWARE
    said = capsys.readouterr().err
    assert "in command" in said
    assert "OSError: the store is away" in said


def _shown(command: str, level: int, logger: str, text: str) -> str:
    """What a command of that name, with the flag --events, shows of a line of the log."""

    def call(events: str) -> None:
        del events

    call.__name__ = command
    out = io.StringIO()
    with redirect_stderr(out):
        Lines(call).handle(logging.LogRecord(logger, level, "", 0, text, None, None))
    return out.getvalue()


def test_a_whole_run_shows_its_stages_and_a_single_one_what_it_does_too() -> None:
    for command, inside in (("batch", ""), ("evaluate", ""), ("run", "learnt anew\n")):
        assert _shown(command, logging.INFO, "recsys.stages", "ingest: 9 events") == "ingest: 9 events\n"
        assert _shown(command, logging.INFO, "recsys.ranking.ranker.stage", "learnt anew") == inside
        assert _shown(command, logging.WARNING, "recsys.ranking.lists.rules", "unknown") == "unknown\n"


def test_a_line_of_the_log_is_in_the_words_of_the_command() -> None:
    line = 'name it by overrides=[\'source.columns={"user_id": "who"}\'], or correct the argument events'
    shown = _shown("batch", logging.WARNING, "recsys.events.reading", line)
    assert shown == 'name it by --set \'source.columns={"user_id": "who"}\', or correct --events\n'


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"recsys {metadata.version('recsys')}\n"

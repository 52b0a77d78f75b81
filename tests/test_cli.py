import os

import pytest
import typer

from recsys.cli import explained
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

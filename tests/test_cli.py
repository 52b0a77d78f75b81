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

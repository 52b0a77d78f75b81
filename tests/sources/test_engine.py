from pathlib import Path

import pytest

from recsys.errors import TransientError
from recsys.sources import engine


@pytest.mark.parametrize("file", ["/dev/full", "away/events.csv"])
def test_a_disk_that_is_full_or_away_is_no_fault_of_the_source_and_asks_for_another_try(
    tmp_path: Path, file: str
) -> None:
    with pytest.raises(TransientError, match="refused to read or write"), engine.opened() as con:
        con.sql("SELECT 'text' || n FROM range(1000000) numbers(n)").write_csv(str(tmp_path / file))

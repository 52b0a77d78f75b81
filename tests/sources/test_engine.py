import pytest

from recsys.errors import TransientError
from recsys.sources import engine


def test_a_disk_that_takes_nothing_more_is_no_fault_of_the_source_and_asks_for_another_try() -> None:
    with pytest.raises(TransientError, match="cannot be written"), engine.opened() as con:
        con.sql("SELECT 'text' || n FROM range(1000000) numbers(n)").write_csv("/dev/full")

"""Parts of a cleaning: all are tried, and what failed is stated at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from recsys.errors import DataError, RecsysError, TransientError
from recsys.tracking.entries import redacted

log = logging.getLogger(__name__)

Part = Callable[[], str]
"""Does its work, and returns a line about what was removed."""


def run(parts: Mapping[str, Part], notice: Callable[[str], None]) -> None:
    """Gives `notice` a line of each part, by its name.

    Raises, once all were tried, `TransientError` or (where no other try helps) `DataError` with what failed.
    """
    failures = {}
    for name, part in parts.items():
        try:
            notice(f"{name}: {part()}")
        except Exception as error:
            failures[name] = error
            log.error("%s failed: %s: %s", name, type(error).__name__, redacted(str(error)))
    if failures:
        raise _failure(failures, len(parts))


def _failure(failures: Mapping[str, Exception], count: int) -> RecsysError:
    errors = failures.values()
    lasting = all(isinstance(error, RecsysError) and not isinstance(error, TransientError) for error in errors)
    return (DataError if lasting else TransientError)(
        f"{len(failures)} of {count} parts of the cleaning failed",
        where=", ".join(failures),
        seen="; ".join(f"{type(error).__name__}: {redacted(str(error))[:300]}" for error in errors),
        remedy="see above; the other parts are done, and a second run does no harm",
    )

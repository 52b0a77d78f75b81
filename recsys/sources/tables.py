"""The four tables of input, as a source found them: nothing is judged or converted yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys.sources.engine import Relation


@dataclass(frozen=True)
class Table:
    """Rows as they were written, with the columns named in `recsys.schema` and any others, in the order of the source.

    Columns are text where the format has no types of its own.
    """

    rows: Relation
    rejected: Relation | None = None
    """What could not be read as a row: `schema.ROW` (its line), `schema.REASON`, `schema.CONTENT`."""
    named: Mapping[str, str] = field(default_factory=dict)
    """For a column of `recsys.schema`, the name that the source has for it."""

    def but(self, **changes: Any) -> Table:
        """The same with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Tables:
    """The input; what there is none of is None."""

    events: Table
    items: Table
    users: Table | None = None
    follows: Table | None = None

    def __iter__(self) -> Iterator[tuple[str, Table]]:
        """The tables that are there, by name."""
        named = ((part.name, getattr(self, part.name)) for part in fields(self))
        return ((name, table) for name, table in named if table is not None)

    def each(self, change: Callable[[str, Table], Table]) -> Tables:
        """The tables after a change of each that is there."""
        return replace(self, **{name: change(name, table) for name, table in self})

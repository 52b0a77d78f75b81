"""Templates to HTML: everything put in is escaped, and numbers look the same on all pages."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
STATIC = HERE / "static"
NOTHING = "–"
"""Stands where there is no value."""


@cache
def environment() -> Environment:
    """The templates of this folder; a name that a page forgot to give is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": number,
        "percent": percent,
        "decimal": decimal,
        "utc": utc,
        "duration": duration,
        "signed": signed,
    }
    return made


def page(name: str, **given: Any) -> str:
    """The page of that template."""
    return environment().get_template(f"{name}.html").render(**given)


def number(value: float | None) -> str:
    """A count, with separators.

    >>> number(1234567), number(None)
    ('1,234,567', '–')
    """
    return NOTHING if value is None else f"{value:,.0f}"


def percent(value: float | None) -> str:
    """A share.

    >>> percent(0.0712), percent(1.0), percent(0.0004), percent(None)
    ('7.1%', '100%', '0.04%', '–')
    """
    if value is None:
        return NOTHING
    return f"{value:.2%}" if 0 < abs(value) < 0.001 else f"{value:.1%}".replace(".0%", "%")


def decimal(value: float | None, places: int = 3) -> str:
    """A measured value.

    >>> decimal(0.12941), decimal(None)
    ('0.129', '–')
    """
    return NOTHING if value is None else f"{value:.{places}f}"


def utc(value: datetime | None) -> str:
    """A time, UTC, to the minute.

    >>> utc(datetime(2026, 1, 31, 4, 5, 59, tzinfo=UTC))
    '2026-01-31 04:05'
    """
    return NOTHING if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def signed(value: float | None) -> str:
    """A difference, as a share of what it is compared with.

    >>> signed(0.0712), signed(-0.5), signed(None)
    ('+7.1%', '-50.0%', '–')
    """
    return NOTHING if value is None else f"{value:+.1%}"


def duration(seconds: float | None) -> str:
    """How long something took.

    >>> duration(0.4), duration(75), duration(7500), duration(None)
    ('0.4 s', '1 min 15 s', '2 h 05 min', '–')
    """
    if seconds is None:
        return NOTHING
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"

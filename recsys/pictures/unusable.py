"""Why an item's picture is not used."""

from __future__ import annotations

from typing import Literal, get_args

Reason = Literal["missing", "refused", "unreachable", "too large", "broken"]
"""Nothing is there; it may not be read; its host does not answer in time; too many bytes or pixels; not a picture."""
REASONS: tuple[Reason, ...] = get_args(Reason)


class Unusable(Exception):  # noqa: N818 - counted, never an error of a run
    """A picture that is not used. It holds no URI and no content, so it can be logged."""

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(reason)

"""By what events are weighed and doubted: measured on all of a day, it holds for those that come after it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from recsys.events.noise import Crowd
from recsys.events.ratings import Scale


@dataclass(frozen=True)
class Gauge:
    """What is known of all events before any is numbered."""

    scale: Scale
    """On which ratings are given."""
    crowd: Crowd

    def to_dict(self) -> dict[str, Any]:
        """The gauge as plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Gauge:
        """The gauge that `to_dict` described."""
        return cls(Scale(**said["scale"]), Crowd(**said["crowd"]))

"""What is made of feedback: events, attribution, and rest for items that were shown in vain."""

from __future__ import annotations

from pydantic import Field

from recsys.settings.section import Section


class FeedbackSettings(Section):
    """What applications report of the recommendations that they showed."""

    as_events: bool = True
    """Feedback other than impressions counts as events from the day after, besides those of the source. Read where a
    serving store is named, and by the daily job alone: commands on files read their files."""
    attribution_days: int = Field(7, ge=1, le=60)
    """Days after an impression within which what the user does with the item counts for it."""
    fatigue_impressions: int = Field(5, ge=0, le=1000)
    """Times that an item is shown to a user, without being taken, from which on it ranks below all others for that
    user; 0: never."""
    fatigue_days: int = Field(14, ge=1, le=365)
    """Days back within which they count."""

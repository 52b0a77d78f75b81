"""One frozen tree of settings; its sections, with meaning, units and bounds, stand in the files beside this one."""

from recsys.settings.data import EventSettings, SourceSettings
from recsys.settings.feedback import FeedbackSettings
from recsys.settings.models import LanguageSettings, PictureSettings, TrainingSettings
from recsys.settings.operation import (
    AlertSettings,
    DatabaseSettings,
    MonitorSettings,
    RetentionSettings,
    TrackingSettings,
)
from recsys.settings.recommender import (
    EvaluationSettings,
    InterestSettings,
    ListSettings,
    RankingSettings,
    ReasonLanguage,
    TransferSettings,
)
from recsys.settings.runtime import RuntimeSettings
from recsys.settings.tree import Settings, changed, load

__all__ = [
    "AlertSettings",
    "DatabaseSettings",
    "EvaluationSettings",
    "EventSettings",
    "FeedbackSettings",
    "InterestSettings",
    "LanguageSettings",
    "ListSettings",
    "MonitorSettings",
    "PictureSettings",
    "RankingSettings",
    "ReasonLanguage",
    "RetentionSettings",
    "RuntimeSettings",
    "Settings",
    "SourceSettings",
    "TrackingSettings",
    "TrainingSettings",
    "TransferSettings",
    "changed",
    "load",
]

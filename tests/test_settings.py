from pathlib import Path

import pytest
from pydantic import ValidationError

from recsys.errors import SettingsError
from recsys.settings import Settings, changed, load
from recsys.settings.meaning import meanings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file, in force and empty."""
    path = tmp_path / "settings.toml"
    path.write_text("")
    monkeypatch.setenv("RECSYS_SETTINGS_FILE", str(path))
    return path


def refusal(*overrides: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(overrides)
    return caught.value


def test_an_action_that_nobody_knows_cannot_be_repeatable() -> None:
    assert "hum: no action has this name" in str(refusal('events.repeatable_actions=["listen", "hum"]'))
    added = load(['events.action_weights={"hum": 0.4}', 'events.repeatable_actions=["hum"]'])
    assert added.events.repeatable_actions == ("hum",)


@pytest.mark.parametrize("weight", [5, -1.5])
def test_an_action_weighs_from_1_against_to_1_for(weight: float) -> None:
    assert refusal(f'events.action_weights={{"buy": {weight}}}').where == "events.action_weights.buy"


def test_an_override_beats_the_environment_which_beats_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[lists]\ntop_n = 3\n[ranking]\ncandidates = 30\ntransition_window = 4\n")
    monkeypatch.setenv("RECSYS_LISTS__TOP_N", "5")
    monkeypatch.setenv("RECSYS_RANKING__CANDIDATES", "50")
    settings = load(["lists.top_n=7"])
    ranking = settings.ranking
    assert (settings.lists.top_n, ranking.candidates, ranking.transition_window) == (7, 50, 4)


def test_overrides_are_json_or_else_text() -> None:
    settings = load(
        [
            "store=s3://bucket/a=b",
            "transfer.enabled=false",
            "evaluation.cold_revealed=[0,2]",
            'events.action_weights={"buy": 0.5}',
        ]
    )
    assert settings.store == "s3://bucket/a=b"
    assert settings.transfer.enabled is False
    assert settings.evaluation.cold_revealed == (0, 2)
    assert settings.events.action_weights["buy"] == 0.5


@pytest.mark.parametrize(
    ("override", "where"),
    [
        ("ranking.topn=3", "ranking.topn"),
        ("rankin.top_n=3", "rankin"),
        ("lists.top_n=0", "lists.top_n"),
        ("lists.top_n=many", "lists.top_n"),
        ("interests.temperature=0", "interests.temperature"),
        ("source.kind=carrier pigeon", "source.kind"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_was_seen(override: str, where: str) -> None:
    error = refusal(override)
    assert error.where == where
    assert override.partition("=")[2] in error.seen
    assert error.expected
    assert "recsys settings" in error.remedy


def test_an_override_without_a_value_is_refused() -> None:
    assert refusal("lists.top_n").seen == "lists.top_n"


@pytest.mark.parametrize("name", ["RECSYS_RANKIN__TOP_N", "RECSYS_RANKING__TOPN"])
def test_an_environment_variable_that_names_no_setting_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "3")
    assert name.rpartition("RECSYS_")[2].lower().replace("__", ".") in str(refusal()).lower().replace("__", ".")


def test_secrets_and_addresses_in_the_environment_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECSYS_DATABASE_URL", "RECSYS_DATABASE_URL_FILE", "RECSYS_HOME"):
        monkeypatch.setenv(name, "postgresql://somebody:secret@host/name")
    assert "secret" not in load().model_dump_json()


def test_a_name_in_the_file_that_is_no_setting_is_refused(file: Path) -> None:
    file.write_text("[ranking]\ntopn = 3\n")
    assert refusal().where == "ranking.topn"


def test_an_old_name_is_accepted_with_a_warning_wherever_it_is_given(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text("[transfer]\nleast_cohort = 30\n[training]\ntongue = 'zh'\n")
    monkeypatch.setenv("RECSYS_INTERESTS__LEAST_LIKENESS", "0.8")
    settings = load(["database.least_overlap=0"])
    given = settings.transfer.min_cohort, settings.training.prompt_language, settings.interests.min_cosine
    assert (*given, settings.database.min_overlap) == (30, "zh", 0.8, 0)
    for names in (
        "transfer.least_cohort is now transfer.min_cohort",
        "training.tongue is now training.prompt_language",
        "database.least_overlap is now database.min_overlap",
    ):
        assert f"settings: {names};" in caplog.text


def test_an_override_by_the_old_name_beats_the_file(file: Path) -> None:
    file.write_text("[lists]\nmax_per_category = 2\n")
    assert load(["ranking.most_per_category=3"]).lists.max_per_category == 3
    assert changed(load(), ["ranking.most_per_category=4"]).lists.max_per_category == 4


def test_a_stronger_source_beats_a_weaker_one_by_whatever_names(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[database]\nleast_coverage = 0.1\nmin_overlap = 0.1\n")
    monkeypatch.setenv("RECSYS_DATABASE__LEAST_OVERLAP", "0.2")
    found = load(["database.min_coverage=0.3"]).database
    assert (found.min_coverage, found.min_overlap) == (0.3, 0.2)
    recorded = Settings(database={"least_coverage": 0.4, "min_overlap": 0.5}).database
    assert (recorded.min_coverage, recorded.min_overlap) == (0.4, 0.5)


def test_a_setting_with_a_value_under_both_names_is_refused(file: Path) -> None:
    file.write_text("[transfer]\nleast_cohort = 30\nmin_cohort = 20\n")
    assert refusal().where == "transfer.min_cohort"


def test_a_settings_file_that_is_not_there_is_refused(file: Path) -> None:
    file.unlink()
    error = refusal()
    assert (error.where, error.seen) == ("RECSYS_SETTINGS_FILE", str(file))


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError):
        Settings().lists.top_n = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings().store = "elsewhere"  # type: ignore[misc]


def test_every_setting_says_what_it_is() -> None:
    for name, section in Settings.model_fields.items():
        if name in {"store", "seed"}:
            assert section.description
            continue
        for field, described in section.default.__class__.model_fields.items():
            assert described.description, f"{name}.{field}"


def test_a_bound_is_lifted_by_null(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_MONITOR__MAX_PSI", "null")
    assert load(["monitor.max_interest_drift=null"]).monitor.max_psi is None


def test_arguments_of_a_notifier_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_ALERTS__ARGUMENTS", '{"to": "a@b.c"}')
    settings = load(["alerts.notifier=a.b.Notifier"])
    assert settings.alerts.arguments == {"to": "a@b.c"}
    assert "a@b.c" not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("override", "meant"),
    [
        ("source.colums=x", "source.columns"),
        ("ranking.TOP_N=3", "lists.top_n"),
        ("sourc.columns=x", "source"),
        ("rankin.top_n=3", "ranking"),
    ],
)
def test_a_mistyped_setting_is_answered_with_the_nearest(override: str, meant: str) -> None:
    assert f"did you mean {meant}?" in refusal(override).remedy


def test_a_mistyped_variable_is_answered_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_RANKIN__TOP_N", "3")
    assert "did you mean RECSYS_LISTS__TOP_N?" in refusal().remedy


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("lists.diversity", "lists.diversity = 0.01 (number, at least 0, at most 1): Trade of diversity over"),
        ("monitor.max_psi", "monitor.max_psi = 0.25 (number or null, at least 0, at most 100): Population stability"),
        ("runtime.device", "runtime.device = cpu (string, one of auto, cpu, cuda): Where models read"),
        ("store", "store = var/store (string): URI under which"),
    ],
)
def test_a_setting_is_told_with_its_value_kind_bounds_and_meaning(name: str, line: str) -> None:
    (said,) = meanings(name, load(["runtime.device=cpu"]))
    assert said.startswith(line)


def test_of_a_section_every_setting_is_told_and_no_secret() -> None:
    settings = load(['alerts.arguments={"to": "a@b.c"}'])
    for name, section in settings:
        lines = list(meanings(name, settings))
        assert len(lines) == len(getattr(type(section), "model_fields", [""])) - (name == "alerts")
        assert "a@b.c" not in "".join(lines)


def test_a_name_of_no_setting_is_answered_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"did you mean lists\.top_n\?"):
        list(meanings("lists.topn", load()))


def test_an_unknown_name_is_answered_with_those_of_its_section() -> None:
    assert refusal("alerts.to=x").expected == (
        "a setting of the section alerts: approvers, arguments, deadline_hours, notifier, reminder_hours"
    )

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from recsys.standalone import services
from recsys.standalone.credentials import credential, fernet_key, path_of, write


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    secret = credential(tmp_path, "one")
    assert credential(tmp_path, "one") == secret
    assert credential(tmp_path, "two") != secret
    assert mode(path_of(tmp_path, "one")) == 0o600
    assert mode(tmp_path / "secrets") == 0o700


def test_a_secret_is_replaced_whole_and_leaves_nothing_aside(tmp_path: Path) -> None:
    write(tmp_path, "one", "long text")
    write(tmp_path, "one", "short")
    assert path_of(tmp_path, "one").read_text() == "short"
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["one"]


def test_airflow_accepts_the_key_for_its_connections() -> None:
    assert Fernet(fernet_key()).encrypt(b"text")


def test_airflow_finds_the_passwords_of_its_users_in_its_file(tmp_path: Path) -> None:
    passwords = {user: services.airflow_password(tmp_path, user) for user in ("admin", "viewer")}
    assert json.loads(path_of(tmp_path, "airflow_passwords.json").read_text()) == passwords
    assert len(set(passwords.values())) == 2


def test_no_secret_stands_on_a_command_line(tmp_path: Path) -> None:
    ports = {"postgres": 1, "mlflow": 2, "airflow": 3}
    dsn = "postgresql://mlflow:hidden@127.0.0.1:1/mlflow"
    environment = services.airflow_environment(tmp_path, ports, dsn, services.product_environment(tmp_path, ports))
    started = (services.mlflow_service(tmp_path, ports, dsn), *services.airflow_services(environment))
    words = " ".join(word for service in started for word in service.command)
    secrets = [path.read_text() for path in (tmp_path / "secrets").iterdir()]
    assert secrets
    assert not [secret for secret in ("hidden", *secrets) if secret in words]


def test_settings_of_the_user_reach_the_stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_LISTS__TOP_N", "20")
    monkeypatch.setenv("RECSYS_TRACKING__URI", "http://elsewhere")
    given = services.product_environment(tmp_path, {"postgres": 1, "mlflow": 2, "airflow": 3})
    assert given["RECSYS_LISTS__TOP_N"] == "20"
    assert given["RECSYS_TRACKING__URI"] == "http://127.0.0.1:2"

import os
import stat
from pathlib import Path

import pytest

from recsys.errors import SettingsError
from recsys.serve import tokens
from recsys.serve.tokens import Tokens


def test_a_token_is_kept_as_a_hash_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "tokens"
    secret = tokens.add("shop", ["read", "feedback"], file)
    assert secret not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = Tokens(file).of(secret)
    assert found is not None
    assert (found.name, found.scopes) == ("shop", frozenset({"read", "feedback"}))
    assert Tokens(file).of(secret + "x") is None


def test_a_token_that_is_removed_opens_nothing_from_then_on(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    shop, news = tokens.add("shop", ["read"], file), tokens.add("news", ["read"], file)
    valid = Tokens(file)
    assert valid.of(shop)
    tokens.remove("shop", file)
    os.utime(file, (1, 1))  # a clock that is too coarse to tell two writes apart is not what is tested
    assert valid.of(shop) is None
    assert [token.name for token in valid.all()] == ["news"]
    assert valid.of(news)


def test_tokens_of_the_environment_may_be_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_SERVE_TOKENS", "shop read,explain open-sesame; news read sha256:00")
    found = Tokens(tmp_path / "none").of("open-sesame")
    assert found is not None
    assert found.scopes == {"read", "explain"}


def test_a_file_that_becomes_unreadable_leaves_the_tokens_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    secret, valid = tokens.add("shop", ["read"], file), Tokens(file)
    assert valid.of(secret)
    file.write_text("shop read")
    os.utime(file, (1, 1))
    assert valid.of(secret)


@pytest.mark.parametrize(
    ("line", "words"),
    [("shop read", "2 words"), ("shop all s3cret", "all"), ("sh/op read s3cret", "sh/op"), ("a b c d", "4 words")],
)
def test_an_error_about_a_token_shows_no_secret(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "tokens").write_text(f"\n{line}\n")
    with pytest.raises(SettingsError) as error:
        Tokens(tmp_path / "tokens").all()
    assert words in str(error.value)
    assert "s3cret" not in str(error.value)


def test_a_name_is_taken_once_and_a_name_that_is_not_there_cannot_be_removed(tmp_path: Path) -> None:
    tokens.add("shop", ["read"], tmp_path / "tokens")
    with pytest.raises(SettingsError, match="exists"):
        tokens.add("shop", ["read"], tmp_path / "tokens")
    with pytest.raises(SettingsError, match="no token has that name"):
        tokens.remove("news", tmp_path / "tokens")
    with pytest.raises(SettingsError, match="a scope does not exist"):
        tokens.add("news", [], tmp_path / "tokens")

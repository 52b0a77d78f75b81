from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import pytest

from recsys.ranking.lists.phrases import SENTENCES
from recsys.settings import ReasonLanguage

if TYPE_CHECKING:
    from tests.ranking.conftest import Shop

LANGUAGES = get_args(ReasonLanguage)


def test_every_language_of_the_settings_has_its_sentence() -> None:
    assert set(SENTENCES) == set(LANGUAGES)
    for sentence in SENTENCES.values():
        assert re.findall(r"{\w+}", sentence.title) == ["{title}"]
        assert "{" not in sentence.explored + sentence.overall + sentence.between


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_signals_of_a_shop_are_called_the_same(shop: Shop, language: ReasonLanguage) -> None:
    phrases = [signal.spec.phrases.of(language) for signal in shop.models.signals]
    assert all(phrases)
    assert len(set(phrases)) == len(phrases)


def test_what_speaks_of_a_history_is_known_to_need_one(shop: Shop) -> None:
    speaks = re.compile(r"you chose|your|{title}|you looked")
    for signal in shop.models.signals:
        assert signal.spec.needs_history or not speaks.search(signal.spec.phrases.en), signal.spec.name

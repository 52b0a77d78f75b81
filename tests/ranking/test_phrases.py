import re

import pytest

from recsys.ranking.phrases import ENGLISH, NEEDS_HISTORY, PHRASES, template

RETRIEVERS = (
    "transitions", "ease", "own interests", "transferred interests", "neighbours' items", "follows' items",
    "cohort's items", "domains' items", "text", "text factors", "text transitions",
    "text popularity", "sequence", "attention", "ease with texts", "newcomers' popularity", "intro popularity",
    "popularity of the day", "recent popularity", "popularity", "own items", "own items lately",
)  # fmt: skip


def test_every_language_names_the_same_terms_and_fills_in_the_same() -> None:
    for language, phrases in PHRASES.items():
        assert phrases.of.keys() == ENGLISH.of.keys(), language
        for name, phrase in phrases.of.items():
            assert re.findall(r"{\w+}", phrase) == re.findall(r"{\w+}", ENGLISH.of[name]), (language, name)


@pytest.mark.parametrize("name", RETRIEVERS)
def test_every_retriever_has_a_phrase_of_its_own(name: str) -> None:
    for phrases in PHRASES.values():
        assert template(phrases, name) != phrases.other.replace("{name}", name)


def test_what_speaks_of_a_history_is_known_to() -> None:
    assert ENGLISH.of.keys() >= NEEDS_HISTORY
    speaks = {name for name, phrase in ENGLISH.of.items() if re.search(r"you chose|your|{title}|you looked", phrase)}
    assert speaks <= NEEDS_HISTORY


def test_a_term_that_nobody_foresaw_reads_well_all_the_same() -> None:
    assert template(ENGLISH, "graph walk") == "found by graph walk"
    assert template(PHRASES["zh"], "graph walk") == "由“graph walk”推荐"

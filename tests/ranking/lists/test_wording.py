"""Which phrases a list's reasons are made of, worked out by hand."""

from recsys.ranking.lists.wording import Offer, Phrase, Wording

EASE, TEXT, POPULAR, NEIGHBOURS, LATEST = range(5)
ALIEN, HEAT, SCIENCE = 7, 3, 100


def lines(offers: list[Offer], count: int) -> list[list[Phrase]]:
    wording = Wording(count)
    return [wording.line(offers) for _ in range(count)]


def test_a_phrase_stands_in_at_most_two_fifths_of_the_lines_while_there_is_another() -> None:
    offers = [
        Offer(EASE, 0.9, [ALIEN], own=True),
        Offer(TEXT, 0.5, [HEAT], own=True),
        Offer(POPULAR, 0.4),
        Offer(NEIGHBOURS, 0.3),
        Offer(LATEST, 0.2),
    ]
    said = [phrase.place for line in lines(offers, 10) for phrase in line]
    assert [said.count(place) for place in range(5)] == [4, 4, 4, 4, 2]


def test_where_nothing_else_is_true_the_largest_is_said_again() -> None:
    assert lines([Offer(POPULAR, 0.9)], 3) == [[Phrase(POPULAR, None)]] * 3


def test_nothing_is_said_of_an_item_of_which_nothing_is_true() -> None:
    assert Wording(10).line([]) == []


def test_a_title_gives_way_to_another_that_was_named_less_often() -> None:
    assert [line[0].name for line in lines([Offer(EASE, 0.9, [ALIEN, HEAT], own=True)], 5)[:2]] == [ALIEN, HEAT]


def test_a_line_names_nothing_twice() -> None:
    offers = [Offer(EASE, 0.9, [ALIEN], own=True), Offer(TEXT, 0.8, [ALIEN], own=True), Offer(POPULAR, 0.3)]
    assert Wording(10).line(offers) == [Phrase(EASE, ALIEN), Phrase(POPULAR, None)]


def test_a_second_term_that_is_small_beside_the_largest_is_not_said() -> None:
    offers = [Offer(EASE, 0.9, [ALIEN], own=True), Offer(POPULAR, 0.08)]
    assert Wording(10).line(offers) == [Phrase(EASE, ALIEN)]


def test_what_others_contribute_is_named_where_it_is_larger_and_not_instead_of_the_users_own() -> None:
    offers = [Offer(TEXT, 0.9, [SCIENCE]), Offer(POPULAR, 0.5), Offer(EASE, 0.2, [ALIEN], own=True)]
    assert Wording(10).line(offers) == [Phrase(EASE, ALIEN), Phrase(TEXT, SCIENCE)]


def test_an_item_that_the_user_knows_is_said_to_be_before_what_is_larger_and_names_nothing() -> None:
    offers = [Offer(POPULAR, 0.9), Offer(EASE, 0.2, own=True)]
    assert Wording(10).line(offers) == [Phrase(EASE, None), Phrase(POPULAR, None)]

"""Asked as in a notebook. Even users like even items, odd users odd ones; each has played 12 of their 20."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import recsys
from recsys import batch
from recsys.errors import DataError, SettingsError
from recsys.library.recommender import Recommender, fit
from recsys.privacy.pseudonyms import pseudonym
from recsys.settings import changed
from tests.brief import brief_training

FEW = 8
"""Items of each user's own taste that they have not played."""


def plain(made: Recommender) -> Recommender:
    """The same without diversity."""
    return Recommender(replace(made.fitted, settings=changed(made.fitted.settings, ["lists.diversity=0"])))


def test_all_users_get_what_batch_gives_them(fitted: Recommender, frames: dict[str, pd.DataFrame], store: str) -> None:
    with brief_training():
        pd.testing.assert_frame_equal(fitted.recommend(), batch.recommend(**frames, overrides=[f"store={store}"]))


def test_users_who_are_asked_for_get_their_lists_in_the_order_given(fitted: Recommender) -> None:
    every, some = fitted.recommend(top_n=3), fitted.recommend([7, 2], top_n=3)
    assert some["user_id"].tolist() == [7, 7, 7, 2, 2, 2]
    assert some["rank"].tolist() == [1, 2, 3, 1, 2, 3]
    pd.testing.assert_frame_equal(
        some[some["user_id"] == 2].reset_index(drop=True), every[every["user_id"] == 2].reset_index(drop=True)
    )


def test_planted_tastes_are_recommended(fitted: Recommender) -> None:
    made = fitted.recommend(top_n=FEW)
    assert (made["user_id"] % 2 == made["item_id"] % 2).mean() > 0.95


def test_whole_numbers_come_back_as_whole_numbers_and_in_their_order(fitted: Recommender) -> None:
    made = fitted.recommend(top_n=1)
    assert made["user_id"].tolist() == list(range(30))
    assert made["item_id"].dtype == np.int64
    assert fitted.similar(12)["item_id"].dtype == np.int64


def test_ids_of_files_are_text(of_files: Recommender) -> None:
    made = of_files.recommend("u07", top_n=2)
    assert made["user_id"].tolist() == ["u07", "u07"]
    assert made["item_id"].str.fullmatch(r"i\d\d").all()


def test_only_among_the_items_given_and_still_nothing_that_was_played(
    fitted: Recommender, frames: dict[str, pd.DataFrame]
) -> None:
    events = frames["events"]
    played = events.loc[events["user_id"] == 4, "item_id"].iloc[0]
    unseen = sorted(set(range(0, 40, 2)) - set(events.loc[events["user_id"] == 4, "item_id"]))[:2]
    assert set(fitted.recommend(4, items=[*unseen, played])["item_id"]) == set(unseen)
    assert fitted.recommend(4, items=[played]).empty


def test_nobody_asked_is_nobody_served(fitted: Recommender) -> None:
    made = fitted.recommend([])
    assert made.empty
    assert list(made.columns) == list(fitted.recommend(1).columns)


def test_a_user_who_is_not_known_gets_the_list_of_people_without_a_history_and_the_log_says_so(
    fitted: Recommender, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "recsys"):
        made = fitted.recommend(["nobody", 3], top_n=5)
    assert made["user_id"].tolist() == ["nobody"] * 5 + [3] * 5
    assert "1 of 2 users are not known" in caplog.text
    first, other = (fitted.recommend(name, top_n=5)["item_id"].tolist() for name in ("nobody", -9))
    assert first == other


def test_with_a_key_of_pseudonyms_users_are_asked_for_by_id_or_by_pseudonym(
    frames: dict[str, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_PSEUDONYM_KEY", "a key of 16 bytes or more")
    with brief_training():
        made = fit(**frames, overrides=[f"store={tmp_path}"])
    every, one = made.recommend(top_n=2), made.recommend(7, top_n=2)
    assert every["user_id"].str.startswith("p_").all()
    assert one["user_id"].tolist() == [7, 7]
    known_as = pseudonym("7")
    by_pseudonym = made.recommend(known_as, top_n=2)
    assert by_pseudonym["user_id"].tolist() == [known_as] * 2
    assert by_pseudonym["item_id"].tolist() == one["item_id"].tolist()
    assert (one["item_id"] % 2 == 1).all()


@pytest.mark.parametrize(
    ("asked", "near"),
    [(["space 0", 3], "did you mean 0?"), ([399], "did you mean 39"), (["zzz"], "leave the others out")],
)
def test_an_item_that_is_not_known_is_an_error_that_names_it_and_near_ones(
    fitted: Recommender, asked: list[object], near: str
) -> None:
    with pytest.raises(DataError, match="not in the item table") as error:
        fitted.recommend(1, items=asked)
    assert error.value.seen == str(asked[0])
    assert error.value.remedy.startswith(near)
    with pytest.raises(DataError, match="not in the item table"):
        fitted.similar(asked[0])


def test_a_length_out_of_bounds_is_refused(fitted: Recommender) -> None:
    with pytest.raises(SettingsError, match=r"lists\.top_n"):
        fitted.recommend(1, top_n=0)
    with pytest.raises(SettingsError, match=r"lists\.top_n"):
        fitted.similar(1, top_n=-1)


def test_a_pair_of_the_users_taste_scores_above_one_against_it(
    fitted: Recommender, frames: dict[str, pd.DataFrame]
) -> None:
    every = pd.DataFrame([(user, item) for user in range(30) for item in range(40)], columns=["user_id", "item_id"])
    pairs = fitted.score(every.sample(frac=1.0, random_state=1))
    unseen = pairs.merge(frames["events"][["user_id", "item_id"]], how="left", indicator=True)
    unseen = unseen[unseen["_merge"] == "left_only"]
    suits = unseen["user_id"] % 2 == unseen["item_id"] % 2
    least, most = (unseen[which].groupby("user_id")["score"].mean() for which in (suits, ~suits))
    assert (least > most).all()


def test_before_diversity_what_is_recommended_has_the_score_of_its_pair(fitted: Recommender) -> None:
    listed = plain(fitted).recommend([5, 6]).rename(columns={"score": "listed"}).iloc[::-1]
    pairs = fitted.score(listed)
    assert np.allclose(pairs["score"], pairs["listed"], atol=1e-6)


def test_pairs_keep_their_rows_and_columns(fitted: Recommender) -> None:
    pairs = pd.DataFrame({"note": ["x", "y"], "userId": [3, 1], "movieId": [5, 7]}, index=[9, 4])
    pd.testing.assert_frame_equal(fitted.score(pairs).drop(columns="score"), pairs)


def test_a_score_does_not_depend_on_the_other_pairs(fitted: Recommender) -> None:
    pairs = pd.DataFrame({"user": [1, 1, 1, 2, "nobody"], "item": [0, 1, 2, 3, 4]})
    together = fitted.score(pairs)["score"].tolist()
    alone = [fitted.score(pairs.iloc[[row]])["score"].item() for row in range(len(pairs))]
    assert together == alone


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        (pd.DataFrame({"user_id": [1]}), "the pairs lack a column"),
        (pd.DataFrame({"user_id": [1], "item_id": [None]}), "an id is null"),
        (pd.DataFrame({"user_id": [1], "item_id": [77]}), "1 item.s. are not in the item table"),
    ],
)
def test_pairs_that_cannot_be_scored_are_an_error(fitted: Recommender, pairs: pd.DataFrame, error: str) -> None:
    with pytest.raises(DataError, match=error):
        fitted.score(pairs)


def test_pairs_that_are_no_data_frame_are_refused(fitted: Recommender) -> None:
    with pytest.raises(SettingsError, match="the pairs are no data frame"):
        fitted.score([(1, 2)])


def test_no_pairs_have_no_scores(fitted: Recommender) -> None:
    assert fitted.score(pd.DataFrame({"user_id": [], "item_id": []})).columns.tolist() == [
        "user_id",
        "item_id",
        "score",
    ]


def test_items_of_one_taste_are_similar(fitted: Recommender) -> None:
    found = fitted.similar(12, top_n=10)
    assert found["rank"].tolist() == list(range(1, 11))
    assert (found["item_id"] % 2 == 0).all()
    assert 12 not in set(found["item_id"])
    assert found["similarity"].is_monotonic_decreasing
    assert found[["similarity", "text", "ease", "transitions", "attention"]].stack().between(0, 1.0001).all()


def test_an_item_that_nobody_chose_is_similar_to_those_of_its_text(frames: dict[str, pd.DataFrame], store: str) -> None:
    new = pd.DataFrame(
        {
            "item_id": [90],
            "title": ["space 90"],
            "category": ["science fiction"],
            "description": ["space war robot planet"],
        }
    )
    with brief_training():
        made = fit(frames["events"], pd.concat([frames["items"], new]), overrides=[f"store={store}"])
    found = made.similar(90)
    assert (found["item_id"] % 2 == 0).all()
    assert np.allclose(found["similarity"], found["text"])


def test_what_is_sold_out_is_neither_similar_nor_recommended_but_has_a_score(
    frames: dict[str, pd.DataFrame], store: str
) -> None:
    items = frames["items"].assign(available=frames["items"]["item_id"] != 14)
    with brief_training():
        made = fit(frames["events"], items, overrides=[f"store={store}"])
    assert 14 not in set(made.similar(12, top_n=40)["item_id"]) | set(made.recommend(top_n=40)["item_id"])
    assert not made.similar(14).empty
    assert made.score(pd.DataFrame({"user_id": [2], "item_id": [14]}))["score"].notna().all()


def test_without_transfer_pairs_are_scored_by_what_the_user_did_alone(
    frames: dict[str, pd.DataFrame], store: str
) -> None:
    with brief_training():
        made = fit(**frames, overrides=[f"store={store}", "transfer.enabled=false"])
    listed = made.recommend(5, top_n=1)
    assert made.score(listed.drop(columns="score"))["score"].tolist() == listed["score"].tolist()


def test_the_package_offers_what_a_notebook_needs() -> None:
    assert recsys.fit is fit
    assert recsys.Recommender is Recommender
    assert recsys.recommend is batch.recommend
    assert callable(recsys.evaluate)
    assert {"fit", "recommend", "evaluate", "Recommender"} <= set(dir(recsys))
    with pytest.raises(AttributeError, match="no attribute 'fti'"):
        recsys.fti  # noqa: B018

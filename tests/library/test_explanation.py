import numpy as np
import pytest

from recsys.library.recommender import Recommender


def test_an_explanation_holds_interests_before_and_after_transfer(fitted: Recommender) -> None:
    found = fitted.explain(7)
    assert found.interests.columns.tolist() == ["interest", "observed", "transferred"]
    assert found.interests[["observed", "transferred"]].sum().tolist() == pytest.approx([1.0, 1.0], abs=1e-5)
    assert found.interests["transferred"].is_monotonic_decreasing


def test_donors_have_shares_that_sum_to_one(fitted: Recommender) -> None:
    found = fitted.explain(7)
    assert {"neighbours", "newcomers", "population"} == set(found.donors["donor"])
    assert found.donors["share"].sum() == pytest.approx(1.0)
    assert "alpha" in found.summary


def test_the_terms_of_an_item_sum_to_its_score(fitted: Recommender) -> None:
    found = fitted.explain(7)
    assert found.terms.index.tolist() == found.items["item_id"].tolist() == fitted.recommend(7)["item_id"].tolist()
    assert np.allclose(found.terms.sum(axis=1), found.items["score"], atol=1e-4)
    assert found.items["title"].str.contains(r"\d").all()


def test_a_user_who_is_not_known_is_all_transfer(fitted: Recommender) -> None:
    found = fitted.explain("nobody")
    assert found.interests["observed"].sum() == 0
    assert found.summary.endswith("alpha 1.00")


def test_a_notebook_shows_it_as_tables_with_everything_escaped(fitted: Recommender) -> None:
    shown = fitted.explain("<b>x")._repr_html_()
    assert shown.count("<table") == 4
    assert "user &lt;b&gt;x" in shown
    assert "&lt;" in shown
    assert "<b>x" not in shown


def test_who_has_seen_everything_is_explained_without_items(fitted: Recommender) -> None:
    assert fitted.recommend(7, items=[]).empty

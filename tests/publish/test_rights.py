"""Who may call and touch what: every role, against every function and relation that the migrations make."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., list[tuple[Any, ...]]]
READ = {"recommend", "recommend_list", "recommendations_contract", "similar_items", "often_next", "popular", "trending"}
EXPLAINED = READ | {"explain", "explain_list"}
FUNCTIONS = {
    "reader": READ,
    "explainer": EXPLAINED,
    "operator": EXPLAINED,
    "publisher": READ,
    "catalogue": {"set_available"},
    "feedback": {"record_feedback", "record_feedback_batch"},
}
"""What each role may call in the schema of applications."""
CALLABLE = """
    SELECT DISTINCT proname FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(%s, oid, 'EXECUTE')
"""
TOUCHABLE = """
    SELECT relname, privilege
    FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
    WHERE relnamespace = 'recsys'::regnamespace AND relkind IN ('r', 'p', 'v')
      AND has_table_privilege(%s, oid, privilege)
"""
DEFINERS = """
    SELECT proname, proconfig FROM pg_proc
    WHERE prosecdef AND pronamespace IN ('public'::regnamespace, 'recsys'::regnamespace) AND prosqlbody IS NULL
"""


def role(store: str, name: str) -> str:
    return f"{store.rsplit('/', 1)[1]}_{name}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_role_may_call_its_functions_and_no_other(store: str, ask: Ask, name: str) -> None:
    assert {found for (found,) in ask(CALLABLE, role(store, name))} == FUNCTIONS[name]


@pytest.mark.parametrize("name", ["reader", "explainer", "catalogue", "feedback"])
def test_a_role_of_applications_touches_no_table(store: str, ask: Ask, name: str) -> None:
    assert ask(TOUCHABLE, role(store, name)) == []


def test_an_operator_only_looks_and_sees_no_feedback_of_anybody(store: str, ask: Ask) -> None:
    found = ask(TOUCHABLE, role(store, "operator"))
    assert {privilege for _, privilege in found} == {"SELECT"}
    assert not {table for table, _ in found} & {"feedback", "feedback_quarantine", "trace_list", "overlay_list"}


def test_functions_with_the_rights_of_their_owner_look_names_up_where_nobody_else_can_make_any(ask: Ask) -> None:
    unpinned = [
        name
        for name, config in ask(DEFINERS)
        if not any(setting.startswith("search_path=pg_catalog") for setting in config or ())
    ]
    assert unpinned == []


def test_whoever_is_connected_may_call_nothing_by_default(ask: Ask) -> None:
    everybody = """SELECT proname FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS granted
                   WHERE pronamespace IN ('public'::regnamespace, 'recsys'::regnamespace) AND granted.grantee = 0"""
    assert {name for (name,) in ask(everybody)} <= {"bucket"}

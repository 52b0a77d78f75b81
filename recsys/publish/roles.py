"""Who may do what: the connected role owns and migrates the store, and hands out six lesser roles.

`<database>_publisher` writes it, `<database>_reader` reads recommendations and nothing else, `<database>_explainer`
may also ask what is known of one user, `<database>_operator` also what was published, when, by whom, and how the days
have been; `<database>_catalogue` takes items out of all answers and lets them back in, and nothing else;
`<database>_feedback` records what was shown and done, and nothing else. They are group roles without a login;
`GRANT shop_reader TO some_application` lets an application in.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, cursor

log = logging.getLogger(__name__)

ROLES = ("publisher", "reader", "explainer", "operator", "catalogue", "feedback")
GRANTS = (
    "GRANT USAGE, CREATE ON SCHEMA recsys TO {publisher}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON recsys.publication, recsys.live, recsys.fallback_list, recsys.part,"
    " recsys.interest, recsys.overlay_list, recsys.monitor, recsys.item, recsys.arm,"
    " recsys.experiment, recsys.experiment_step, recsys.experiment_decision TO {publisher}",
    "GRANT SELECT ON recsys.laid_over TO {publisher}",
    "GRANT SELECT, DELETE ON recsys.feedback, recsys.feedback_quarantine TO {publisher}",
    "GRANT SELECT, INSERT ON recsys.feedback_action TO {publisher}",
    "GRANT {publisher} TO CURRENT_USER",
    "REVOKE ALL ON FUNCTION public.similar_items, public.often_next, public.popular, public.trending FROM PUBLIC",
    "REVOKE ALL ON FUNCTION public.recommend, public.recommend_list, public.explain, public.explain_list,"
    " public.recommendations_contract, public.set_available, public.record_feedback,"
    " public.record_feedback_batch FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {reader}, {feedback}",
    "GRANT SELECT ON public.recommendations TO {reader}, {publisher}",
    "GRANT EXECUTE ON FUNCTION public.recommend, public.recommend_list, public.recommendations_contract"
    " TO {reader}, {publisher}",
    "GRANT EXECUTE ON FUNCTION public.similar_items, public.often_next, public.popular, public.trending"
    " TO {reader}, {publisher}",
    "GRANT USAGE ON SCHEMA public TO {catalogue}",
    "GRANT EXECUTE ON FUNCTION public.set_available TO {catalogue}",
    "GRANT {catalogue} TO CURRENT_USER",
    "GRANT EXECUTE ON FUNCTION public.record_feedback, public.record_feedback_batch TO {feedback}",
    "GRANT {feedback} TO CURRENT_USER",
    "GRANT {reader} TO {explainer}",
    "GRANT EXECUTE ON FUNCTION public.explain, public.explain_list TO {explainer}",
    "GRANT SELECT, INSERT ON recsys.pointer_move TO {publisher}",
    "GRANT {explainer} TO {operator}",
    "GRANT {operator} TO CURRENT_USER",
    "GRANT USAGE ON SCHEMA recsys TO {operator}",
    "GRANT SELECT ON recsys.publication, recsys.live, recsys.pointer_move, recsys.monitor, recsys.recommendation_list,"
    " recsys.arm, recsys.experiment, recsys.experiment_step, recsys.experiment_decision TO {operator}",
)

OF_OTHERS = """
    SELECT relname FROM pg_class
    WHERE oid IN ('recsys.recommendation_list'::regclass, 'recsys.trace_list'::regclass, 'recsys.item_list'::regclass)
      AND pg_get_userbyid(relowner) <> %s
"""
"""Partitioned tables that the publisher does not own yet: attaching a partition is its owner's right."""

VACUUM = "GRANT MAINTAIN ON recsys.feedback, recsys.feedback_quarantine, recsys.overlay_list TO {publisher}"
"""Lets a publisher free the space of what it deleted. Before Postgres 17, which has this right, autovacuum does."""
VACUUM_VERSION = 170_000


def grant(work: cursor) -> bool:
    """Whether every role stands; a connected role that may not make any keeps all rights to itself, with a notice.

    Of roles of which some are missing and cannot be made, the others get their rights, and a warning names the missing.
    """
    work.execute("SAVEPOINT roles")
    try:
        return _grant(work)
    except psycopg2.errors.InsufficientPrivilege as error:
        work.execute("ROLLBACK TO SAVEPOINT roles")
        log.info("migrate: no publisher and reader roles, for this role may not make them (%s)", str(error).strip())
        return False


def act_as_publisher(db: connection) -> None:
    """Gives up every right of the session that publishing does not need."""
    with db, db.cursor() as work:
        work.execute(
            "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'recsys.recommendation_list'::regclass"
        )
        work.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(work.fetchone()[0])))


def act_as_operator(db: connection) -> None:
    """Gives up every right of the session that looking at the store does not need, where the role stands."""
    with db, db.cursor() as work:
        work.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = current_database() || '_operator'"
            " AND pg_has_role(oid, 'MEMBER')"
        )
        found = work.fetchone()
        if found:
            work.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(found[0])))


def _grant(work: cursor) -> bool:
    work.execute("SELECT current_database()")
    (database,) = work.fetchone()
    names = {role: f"{database}_{role}" for role in ROLES}
    missing = _make_missing(work, names)
    for statement in (*GRANTS, VACUUM) if work.connection.server_version >= VACUUM_VERSION else GRANTS:
        if missing & set(re.findall(r"{(\w+)}", statement)):
            continue
        work.execute(sql.SQL(statement).format(**{role: sql.Identifier(name) for role, name in names.items()}))
    if "publisher" not in missing:
        _give_tables(work, names["publisher"])
    if missing:
        log.warning(
            "migrate: this role may not make %s: make them, grant them to it, and migrate again",
            ", ".join(names[role] for role in sorted(missing)),
        )
    return not missing


def _give_tables(work: cursor, publisher: str) -> None:
    """Changes owners where they are others; to change one takes a lock that waits for all readers."""
    work.execute(OF_OTHERS, (publisher,))
    for (table,) in work.fetchall():
        names = sql.Identifier("recsys", table), sql.Identifier(publisher)
        work.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(*names))


def _make_missing(work: cursor, names: Mapping[str, str]) -> set[str]:
    """Roles that are missing and that the connected role may not make, where there are others; makes the rest."""
    work.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", (list(names.values()),))
    present = {name for (name,) in work.fetchall()}
    work.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    (may_make,) = work.fetchone()
    missing = {role for role, name in names.items() if name not in present}
    if present and not may_make:
        return missing
    for role in missing:
        work.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(names[role])))
    return set()

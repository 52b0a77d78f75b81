"""Columns of any type as SQL for text, numbers and flags; what cannot be converted becomes null."""

from __future__ import annotations

from dataclasses import dataclass

from recsys.sources.engine import Relation, identifier, literal

WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
FLOATING = ("FLOAT", "DOUBLE")
YES = ("true", "1", "1.0", "yes", "y", "t", "on", "in stock", "in_stock", "instock", "ja", "oui", "si", "sí", "sim")
NO = ("false", "0", "0.0", "no", "n", "f", "off", "out of stock", "out_of_stock", "outofstock", "nein", "non", "não")
FLAGS = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
GROUPED = r"-?\d{1,3}(,\d{3})+(\.\d+)?"
POINTS = r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?"
NO_COMMAS = r"-?(\d{1,3}(\.\d{3}){2,}(,\d+)?|\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,}))"
"""Numbers whose thousands commas group, those whose thousands points group, and those of them that fit nothing else."""


@dataclass(frozen=True)
class Column:
    """A column of a table: how SQL names it, and its type there."""

    sql: str
    kind: str

    @property
    def is_text(self) -> bool:
        """Whether the source gave it as text."""
        return self.kind == "VARCHAR"

    @property
    def is_number(self) -> bool:
        """Whether the source gave it as numbers."""
        return self.kind in (*WHOLE, *FLOATING) or self.kind.startswith("DECIMAL")


NOTHING = Column("NULL::VARCHAR", "VARCHAR")


def column_of(rows: Relation, name: str) -> Column:
    """The column of a name, or nulls where the table has none."""
    kinds = dict(zip(rows.columns, map(str, rows.types), strict=True))
    return Column(identifier(name), kinds[name]) if name in kinds and kinds[name] != '"NULL"' else NOTHING


def text(column: Column) -> str:
    """Values as text: null and empty are null, 7.0 is "7" (a whole number beside nulls), a list is "a|b".

    Bytes are the ASCII text that they spell, else (a UUID) hexadecimal.
    """
    return f"nullif({_text(column.sql, column.kind)}, '')"


def id_text(rows: Relation, name: str) -> str:
    """As `text`; where every value of a column of text is a whole number with a point (7.0), the point goes."""
    column = column_of(rows, name)
    if column.is_text and column is not NOTHING:
        other = rows.filter(f"NOT regexp_full_match({column.sql}, '-?\\d+\\.0+')").limit(1).fetchall()
        if not other and rows.filter(f"{column.sql} IS NOT NULL").limit(1).fetchall():
            return f"regexp_replace({column.sql}, '\\.0+$', '')"
    return text(column)


def number(column: Column) -> str:
    """Values as DOUBLE; a text may group its thousands by commas, as in 1,234.5; NaN is null."""
    plain = f"TRY_CAST({column.sql} AS DOUBLE)"
    if column.is_text:
        commas = f"TRY_CAST(replace({column.sql}, ',', '') AS DOUBLE)"
        grouped = f"regexp_full_match(trim({column.sql}), {literal(GROUPED)})"
        plain = f"CASE WHEN {grouped} THEN {commas} ELSE {plain} END"
    return f"nullif({plain}, 'nan'::DOUBLE)"


def amount(rows: Relation, name: str) -> str:
    """As `number`; where every value of a column of text fits 1.234,5 and one fits nothing else, so all are read."""
    column = column_of(rows, name)
    if column.is_text and column is not NOTHING:
        fits, unmistakable = (f"regexp_full_match(trim({column.sql}), {literal(form)})" for form in (POINTS, NO_COMMAS))
        if rows.aggregate(f"bool_and({fits}) AND bool_or({unmistakable})").fetchall() == [(True,)]:
            return f"TRY_CAST(replace(replace(trim({column.sql}), '.', ''), ',', '.') AS DOUBLE)"
    return number(column)


def flag(column: Column, default: bool) -> str:
    """Values as BOOLEAN; a null takes the default, a word that is neither yes nor no becomes null.

    A number is true above 0: so many are in stock.
    """
    words = " ".join(f"WHEN '{word}' THEN {meaning}" for word, meaning in FLAGS.items())
    return f"""CASE coalesce(lower(trim({text(column)})), '{str(default).lower()}') {words}
               ELSE TRY_CAST({text(column)} AS DOUBLE) > 0 END"""


def _text(sql: str, kind: str) -> str:
    if kind == "VARCHAR":
        return sql
    if kind in FLOATING or kind.startswith("DECIMAL"):
        whole = f"isfinite({sql}::DOUBLE) AND {sql} = trunc({sql})"
        number = f"CASE WHEN {whole} THEN {sql}::HUGEINT::VARCHAR ELSE {sql}::VARCHAR END"
        return f"CASE WHEN isnan({sql}::DOUBLE) THEN NULL ELSE {number} END"
    if kind.endswith("[]"):
        return f"array_to_string(list_transform({sql}, lambda part: {_text('part', kind[:-2])}), '|')"
    if kind == "BLOB":
        spelt = f"TRY(decode({sql}))"
        return f"CASE WHEN regexp_full_match({spelt}, '[ -~]*') THEN {spelt} ELSE lower(hex({sql})) END"
    return f"{sql}::VARCHAR"

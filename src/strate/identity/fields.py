"""How each kind of field is written alike, and how two values of it agree: exactly, nearly or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("first_name", "last_name", "date", "email", "phone", "code", "text", "identifier", "category")

DEFAULT_FIELDS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "birth_date": "date",
    "email": "email",
    "phone": "phone",
    "postal_code": "code",
    "city": "text",
}
"""Columns of the CRM's customers that tell people apart, with the kind of each."""

AGREES, NEARLY, SWAPPED, SIMILAR, DIFFERS, MISSING = "agrees", "nearly", "swapped", "similar", "differs", "missing"


@dataclass(frozen=True)
class Level:
    """One degree of agreement.

    Parameters
    ----------
    outcome : str
        How the degree is called in a reason.
    condition : str
        SQL over the columns `<field>_l` and `<field>_r`.
    m : float
        Share of pairs of one person that are expected here, where nothing could be learned.
    u : float
        The same of pairs of two persons.
    """

    outcome: str
    condition: str
    m: float
    u: float


_FOLDED = r"nullif(trim(regexp_replace(lower(strip_accents({0})), '[^\p{{L}}\p{{N}}]+', ' ', 'g')), '')"
_JOINED = r"nullif(regexp_replace(lower(strip_accents({0})), '[^\p{{L}}\p{{N}}]+', '', 'g'), '')"
_DIGITS = r"nullif(regexp_replace({0}, '[^0-9]', '', 'g'), '')"
_DATE_FORMATS = "['%Y-%m-%d', '%Y-%m-%d %H:%M:%S', '%Y%m%d', '%Y/%m/%d', '%d/%m/%Y', '%d.%m.%Y', '%d-%m-%Y']"
_DATE = f"coalesce(strftime(try_strptime(trim({{0}}), {_DATE_FORMATS}), '%Y%m%d'), {_DIGITS})"
_EMAIL = "nullif(lower(trim({0})), '')"
_PHONE = f"right({_DIGITS}, 9)"
_NORMALISED = {"date": _DATE, "email": _EMAIL, "phone": _PHONE, "code": _JOINED, "identifier": _JOINED}


def normalised(column: str, kind: str) -> str:
    """Return SQL that writes all values of a column in one way; null where nothing is left."""
    return _NORMALISED.get(kind, _FOLDED).format(f'cast("{column}" as varchar)')


def levels(field: str, kinds: Mapping[str, str]) -> list[Level]:
    """Return the degrees of agreement of a field, the highest first; missing values are none of them."""
    kind = kinds[field]
    a, b = f'"{field}_l"', f'"{field}_r"'
    exact = f"{a} = {b}"
    jaro = f"jaro_winkler_similarity({a}, {b})"
    edits = f"damerau_levenshtein({a}, {b})"
    if kind in ("first_name", "last_name"):
        nearly = f"({jaro} >= 0.92 or {_begins_with(a, b)} or {_begins_with(b, a)})"
        others = [name for name, other in kinds.items() if {kind, other} == {"first_name", "last_name"}]
        swapped = [
            f'({a} = "{other}_r" or {b} = "{other}_l" or jaro_winkler_similarity({a}, "{other}_r") >= 0.92)'
            for other in others
        ]
        return [
            Level(AGREES, exact, 0.75, 0.005),
            Level(NEARLY, nearly, 0.12, 0.005),
            *(Level(SWAPPED, condition, 0.03, 0.002) for condition in swapped[:1]),
            Level(SIMILAR, f"{jaro} >= 0.8", 0.03, 0.02),
            Level(DIFFERS, "", 0.07, 0.968),
        ]
    if kind == "date":
        return [
            Level(AGREES, exact, 0.85, 0.0005),
            Level(NEARLY, f"({_one_part_alike(a, b)} and {edits} <= 1 or {_day_and_month_swapped(a, b)})", 0.08, 0.002),
            Level(SIMILAR, f"({_two_parts_alike(a, b)} or {_one_part_alike(a, b)} and {edits} <= 2)", 0.04, 0.03),
            Level(DIFFERS, "", 0.03, 0.9675),
        ]
    if kind == "email":
        local = f"split_part({a}, '@', 1) = split_part({b}, '@', 1) and length(split_part({a}, '@', 1)) > 3"
        return [
            Level(AGREES, exact, 0.6, 0.00005),
            Level(NEARLY, f"({jaro} >= 0.96 or {local})", 0.12, 0.0005),
            Level(SIMILAR, f"{jaro} >= 0.88", 0.05, 0.005),
            Level(DIFFERS, "", 0.23, 0.99445),
        ]
    if kind in ("phone", "identifier"):
        return [
            Level(AGREES, exact, 0.7, 0.00005),
            Level(NEARLY, f"({_one_end_alike(a, b)} and {edits} <= 1)", 0.1, 0.0002),
            Level(DIFFERS, "", 0.2, 0.99975),
        ]
    if kind == "code":
        return [
            Level(AGREES, exact, 0.7, 0.005),
            Level(NEARLY, f"({_one_end_alike(a, b)} and {edits} <= 1)", 0.1, 0.02),
            Level(DIFFERS, "", 0.2, 0.975),
        ]
    if kind == "text":
        return [
            Level(AGREES, exact, 0.7, 0.02),
            Level(NEARLY, f"{jaro} >= 0.92", 0.1, 0.01),
            Level(SIMILAR, f"{jaro} >= 0.8", 0.03, 0.02),
            Level(DIFFERS, "", 0.17, 0.95),
        ]
    return [Level(AGREES, exact, 0.95, 0.4), Level(DIFFERS, "", 0.05, 0.6)]


def _begins_with(a: str, b: str) -> str:
    """Return SQL of a short form: Rob and Robert, Anne and Anne Marie."""
    return f"(starts_with({a}, {b}) and length({b}) > 2)"


def _day_and_month_swapped(a: str, b: str) -> str:
    return (
        f"left({a}, 4) = left({b}, 4)"
        f" and substr({a}, 5, 2) = substr({b}, 7, 2) and substr({a}, 7, 2) = substr({b}, 5, 2)"
    )


# Counting edits is dear: these cheap conditions, which few pairs fulfil, come before it. A slip leaves one end alone.
def _one_end_alike(a: str, b: str) -> str:
    return f"(left({a}, 2) = left({b}, 2) or right({a}, 2) = right({b}, 2))"


def _one_part_alike(a: str, b: str) -> str:
    return f"(left({a}, 4) = left({b}, 4) or substr({a}, 5, 2) = substr({b}, 5, 2) or right({a}, 2) = right({b}, 2))"


def _two_parts_alike(a: str, b: str) -> str:
    return (
        f"(left({a}, 6) = left({b}, 6) or right({a}, 4) = right({b}, 4)"
        f" or left({a}, 4) = left({b}, 4) and right({a}, 2) = right({b}, 2))"
    )


def comparison(field: str, kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return a field's comparison as Splink takes it; values that many share count less where they agree."""
    missing = f'"{field}_l" is null or "{field}_r" is null'
    steps: list[dict[str, Any]] = [
        {"sql_condition": missing, "label_for_charts": MISSING, "is_null_level": True},
    ]
    for level in levels(field, kinds):
        step = {
            "sql_condition": level.condition or "ELSE",
            "label_for_charts": level.outcome,
            "m_probability": level.m,
            "u_probability": level.u,
        }
        if level.outcome == AGREES and kinds[field] in ("first_name", "last_name", "code", "text"):
            step |= {"tf_adjustment_column": field, "tf_adjustment_weight": 1.0}
        steps.append(step)
    return {"output_column_name": field, "comparison_levels": steps, "comparison_description": field}

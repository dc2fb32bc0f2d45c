"""Values of an indicator as people read them."""

from __future__ import annotations

from strate.report.numbers import SPACE, count, percent, short


def shown(value: float | None, kind: str, currency: str | None = None) -> str:
    """Return a value: 1,234, 1.2 M EUR, 12 %, 45.20 EUR.

    Parameters
    ----------
    kind : {'count', 'money', 'minutes', 'share', 'number'}
    """
    if value is None or value != value:
        return "unknown"
    unit = f"{SPACE}{currency}" if currency and kind == "money" else ""
    if kind == "share":
        return percent(value) if 0 <= value <= 1 else f"{value * 100:,.0f}{SPACE}%"
    if kind == "number" or (kind == "money" and 0 < abs(value) < 100):
        return f"{value:,.2f}{unit}"
    return short(value) + unit if abs(value) >= 1e6 else count(value) + unit


def change(now: float, before: float) -> str:
    """Return a relative change in words: 12 % more than, as much as."""
    relative = now / before - 1
    if abs(relative) < 0.005:
        return "as much as"
    if relative > 10:
        return f"{now / before:,.0f} times as much as"
    return f"{abs(relative) * 100:,.0f}{SPACE}% {'more' if relative > 0 else 'less'} than"

"""Figures as people read them."""

SPACE = "\N{NO-BREAK SPACE}"


def count(number: float) -> str:
    """Return a whole number with separators: 1,234."""
    return f"{number:,.0f}"


def short(number: float) -> str:
    """Return a number that is read at a glance: 1,234, and from a million on 1.2 M or 1.2 bn."""
    for size, unit in ((1e9, "bn"), (1e6, "M")):
        if abs(number) >= 0.9995 * size:
            return f"{number / size:,.1f}{SPACE}{unit}"
    return count(number)


def percent(share: float) -> str:
    """Return a share as percent, with a decimal where it would else round to 0 or 100: 12 %, 0.4 %."""
    if share in (0, 1):
        return f"{share * 100:.0f}{SPACE}%"
    if share < 0.001 or share > 0.999:
        return f"{'< 0.1' if share < 0.001 else '> 99.9'}{SPACE}%"
    return f"{share * 100:.{1 if share < 0.01 or share > 0.99 else 0}f}{SPACE}%"


def money(amount: float, currency: str | None) -> str:
    """Return an amount in whole units with its currency, if that is known: 1,234 EUR."""
    return count(amount) + (f"{SPACE}{currency}" if currency else "")


def signed(number: float) -> str:
    """Return a number with its sign and one decimal, 0.0 without one; the minus is a true one."""
    rounded = round(number, 1)
    return f"{rounded:+.1f}".replace("-", "\N{MINUS SIGN}") if rounded else "0.0"

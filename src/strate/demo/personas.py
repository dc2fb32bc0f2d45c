"""The planted personas: who the demo's customers are, in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

COUNTRIES: tuple[str, ...] = ("FR", "DE", "GB", "US", "CH", "BE")
AREA_TYPES: tuple[str, ...] = ("urban", "suburban", "rural")
CHANNELS: tuple[str, ...] = ("web", "app", "store")
DIMENSIONS: tuple[str, ...] = ("price", "quality", "novelty", "convenience")


@dataclass(frozen=True)
class Persona:
    """One kind of customer.

    Counts are drawn within a narrow range and amounts are lognormal around `basket`, so that a persona is a
    tight cloud and two personas are far apart. Days are counted back from the last day of the data.

    Parameters
    ----------
    name, variant : str
        Persona, and the part of it that behaves differently in time ("" for the main part).
    share : float
        Share of the persons, 0 to 1; 0 for the kinds that come on top of them.
    orders : tuple of int
        Least and most orders of a person.
    recency_days : tuple of int
        Least and most days between the last order and the last day of the data.
    gap_days, span_days : int
        The earlier orders fall between `gap_days` and `gap_days + span_days` before the last order.
    basket : float
        Median order value in euros, before discount.
    discount : float
        Typical share of the price that is taken off.
    channels : tuple of float
        Weights of web, app and store among the orders.
    categories : tuple of str
        Product categories bought.
    sessions : float
        Typical sessions of a person at a session factor of 1.
    session_days : tuple of int
        Window of the sessions that are not tied to an order.
    mobile_share : float
        Share of persons whose first device is a phone.
    account_share : float
        Share of persons with a web account.
    messages, opened : int
        Campaign messages sent to a person and how many of them are opened.
    hours : tuple of int
        Hours of the day (UTC) around which the person is active.
    weekend : float
        Weight of a Saturday or Sunday against a weekday.
    age, income, household : float
        Means: years, euros a year, persons.
    areas : tuple of float
        Weights of urban, suburban and rural.
    countries : tuple of float
        Weights in the order of `COUNTRIES`.
    attitudes : tuple of float
        Mean survey score (1 to 5) for each of `DIMENSIONS`.
    """

    name: str
    variant: str
    share: float
    orders: tuple[int, int]
    recency_days: tuple[int, int]
    gap_days: int
    span_days: int
    basket: float
    discount: float
    channels: tuple[float, float, float]
    categories: tuple[str, ...]
    sessions: float
    session_days: tuple[int, int]
    mobile_share: float
    account_share: float
    messages: int
    opened: int
    hours: tuple[int, ...]
    weekend: float
    age: float
    income: float
    household: float
    areas: tuple[float, float, float]
    countries: tuple[float, ...]
    attitudes: tuple[float, float, float, float]


_BASE_COUNTRIES = (0.52, 0.17, 0.11, 0.06, 0.06, 0.08)
_THRIFTY_COUNTRIES = (0.58, 0.12, 0.13, 0.05, 0.02, 0.10)
_WEALTHY_COUNTRIES = (0.42, 0.22, 0.10, 0.08, 0.12, 0.06)

_CHAMPIONS = Persona(
    name="champions",
    variant="",
    share=0.14,
    orders=(8, 10),
    recency_days=(15, 70),
    gap_days=10,
    span_days=420,
    basket=260.0,
    discount=0.04,
    channels=(0.65, 0.2, 0.15),
    categories=("Fashion", "Beauty", "Home"),
    sessions=5.0,
    session_days=(0, 420),
    mobile_share=0.35,
    account_share=0.98,
    messages=4,
    opened=4,
    hours=(19, 20, 21),
    weekend=1.2,
    age=44,
    income=52_000,
    household=2.6,
    areas=(0.6, 0.3, 0.1),
    countries=_BASE_COUNTRIES,
    attitudes=(2.2, 4.5, 3.4, 3.2),
)
_BARGAIN = Persona(
    name="bargain_app",
    variant="",
    share=0.09,
    orders=(4, 5),
    recency_days=(124, 175),
    gap_days=15,
    span_days=420,
    basket=28.0,
    discount=0.22,
    channels=(0.1, 0.9, 0.0),
    categories=("Grocery", "Accessories"),
    sessions=3.0,
    session_days=(60, 600),
    mobile_share=0.97,
    account_share=0.98,
    messages=2,
    opened=1,
    hours=(7, 8, 12, 13),
    weekend=0.8,
    age=27,
    income=23_000,
    household=1.8,
    areas=(0.7, 0.2, 0.1),
    countries=_THRIFTY_COUNTRIES,
    attitudes=(4.7, 2.4, 3.3, 3.6),
)
_BARGAIN_REACTIVATED = replace(
    _BARGAIN,
    variant="reactivated",
    share=0.13,
    orders=(4, 6),
    recency_days=(40, 76),
    gap_days=390,
    session_days=(20, 600),
)
_BIG_TICKET = Persona(
    name="big_ticket",
    variant="",
    share=0.08,
    orders=(1, 2),
    recency_days=(125, 220),
    gap_days=60,
    span_days=300,
    basket=650.0,
    discount=0.03,
    channels=(0.5, 0.0, 0.5),
    categories=("Furniture", "Electronics"),
    sessions=2.0,
    session_days=(100, 400),
    mobile_share=0.2,
    account_share=0.95,
    messages=1,
    opened=0,
    hours=(14, 15, 16),
    weekend=2.2,
    age=51,
    income=68_000,
    household=3.2,
    areas=(0.2, 0.5, 0.3),
    countries=_WEALTHY_COUNTRIES,
    attitudes=(2.6, 4.7, 2.2, 2.0),
)
_BIG_TICKET_NEW = replace(
    _BIG_TICKET,
    variant="newcomers",
    share=0.07,
    orders=(1, 1),
    recency_days=(35, 72),
    gap_days=0,
    span_days=0,
    session_days=(10, 95),
    age=46,
    income=66_000,
    household=3.0,
)
_LAPSED = Persona(
    name="lapsed",
    variant="",
    share=0.13,
    orders=(2, 3),
    recency_days=(420, 760),
    gap_days=20,
    span_days=240,
    basket=70.0,
    discount=0.08,
    channels=(0.5, 0.0, 0.5),
    categories=("Fashion", "Toys", "Sports"),
    sessions=1.0,
    session_days=(420, 900),
    mobile_share=0.4,
    account_share=0.9,
    messages=1,
    opened=0,
    hours=(10, 11, 17, 18),
    weekend=1.1,
    age=38,
    income=36_000,
    household=3.0,
    areas=(0.3, 0.4, 0.3),
    countries=_BASE_COUNTRIES,
    attitudes=(3.6, 3.3, 1.8, 2.6),
)
_LAPSED_REGULARS = replace(
    _LAPSED,
    variant="lost_regulars",
    share=0.08,
    orders=(6, 7),
    recency_days=(400, 600),
    span_days=400,
    session_days=(400, 900),
    age=41,
    income=38_000,
)
_BROWSERS = Persona(
    name="browsers",
    variant="",
    share=0.16,
    orders=(0, 0),
    recency_days=(0, 0),
    gap_days=0,
    span_days=0,
    basket=0.0,
    discount=0.0,
    channels=(1.0, 0.0, 0.0),
    categories=("Fashion",),
    sessions=6.0,
    session_days=(0, 500),
    mobile_share=0.7,
    account_share=1.0,
    messages=2,
    opened=2,
    hours=(21, 22, 23),
    weekend=1.4,
    age=31,
    income=31_000,
    household=2.0,
    areas=(0.6, 0.3, 0.1),
    countries=_BASE_COUNTRIES,
    attitudes=(3.9, 3.0, 4.6, 3.0),
)
_SLEEPING = Persona(
    name="sleeping_leads",
    variant="",
    share=0.12,
    orders=(0, 0),
    recency_days=(0, 0),
    gap_days=0,
    span_days=0,
    basket=0.0,
    discount=0.0,
    channels=(1.0, 0.0, 0.0),
    categories=("Fashion",),
    sessions=0.0,
    session_days=(0, 0),
    mobile_share=0.5,
    account_share=0.1,
    messages=1,
    opened=0,
    hours=(9, 10, 11),
    weekend=1.0,
    age=47,
    income=37_000,
    household=2.3,
    areas=(0.4, 0.3, 0.3),
    countries=_BASE_COUNTRIES,
    attitudes=(3.2, 3.1, 2.6, 4.2),
)
_VISITOR = Persona(
    name="visitor",
    variant="anonymous",
    share=0.0,
    orders=(0, 0),
    recency_days=(0, 0),
    gap_days=0,
    span_days=0,
    basket=0.0,
    discount=0.0,
    channels=(1.0, 0.0, 0.0),
    categories=("Fashion",),
    sessions=1.0,
    session_days=(0, 1095),
    mobile_share=0.6,
    account_share=0.0,
    messages=0,
    opened=0,
    hours=(9, 12, 15, 18, 21),
    weekend=1.0,
    age=38,
    income=34_000,
    household=2.0,
    areas=(0.5, 0.3, 0.2),
    countries=_BASE_COUNTRIES,
    attitudes=(3.0, 3.0, 3.0, 3.0),
)
_TEST_ACCOUNT = Persona(
    name="test_account",
    variant="",
    share=0.0,
    orders=(1, 2),
    recency_days=(5, 300),
    gap_days=5,
    span_days=200,
    basket=2500.0,
    discount=0.0,
    channels=(1.0, 0.0, 0.0),
    categories=("Electronics",),
    sessions=2.0,
    session_days=(0, 300),
    mobile_share=0.0,
    account_share=1.0,
    messages=2,
    opened=2,
    hours=(8, 9, 10),
    weekend=0.1,
    age=35,
    income=40_000,
    household=1.0,
    areas=(1.0, 0.0, 0.0),
    countries=(1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    attitudes=(3.0, 3.0, 3.0, 3.0),
)

PERSONAS: tuple[Persona, ...] = (
    _CHAMPIONS,
    _BARGAIN,
    _BARGAIN_REACTIVATED,
    _BIG_TICKET,
    _BIG_TICKET_NEW,
    _LAPSED,
    _LAPSED_REGULARS,
    _BROWSERS,
    _SLEEPING,
    _VISITOR,
    _TEST_ACCOUNT,
)
VISITOR = PERSONAS.index(_VISITOR)
TEST_ACCOUNT = PERSONAS.index(_TEST_ACCOUNT)
BROWSERS = PERSONAS.index(_BROWSERS)
SLEEPING = PERSONAS.index(_SLEEPING)

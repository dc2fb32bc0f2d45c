"""Hypothesis strategies for small worlds: a handful of customers whose inputs hold what real extracts do wrong."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

AS_OF = dt.date(2025, 6, 30)
SPACING_DAYS = 90  # the default of training_date_spacing_days: dates with features are 0, 90 and 180 days back
BLOCKED = "desk@shop.example"
"""A value for the var identity_blocked_values; orders and customers carry it."""

Row = dict[str, Any]
Rows = st.SearchStrategy[list[Row]]


def mostly(*usual: Any, rarely: Sequence[Any] = ()) -> st.SearchStrategy[Any]:
    """Return one of `usual`, or now and then one of `rarely`; the simplest comes first."""
    times = 1 + 9 * len(rarely) // len(usual)  # a tenth is rare, so that most rows can be used
    return st.sampled_from([*usual * times, *rarely])


# Both sides of every boundary: of windows, of the earlier dates with features, of stages of the lifecycle.
_BOUNDARIES = (30, 90, 180, 365)
_DAYS_BACK = (1, 0, 2, 10, 45, *(boundary + days for boundary in _BOUNDARIES for days in (-1, 0, 1)), 800)
_TIMES = (
    dt.timedelta(0),
    dt.timedelta(hours=9),
    dt.timedelta(hours=9, minutes=30),  # the silence that does not yet end a session
    dt.timedelta(hours=9, minutes=30, microseconds=1),
    dt.timedelta(hours=20),
    dt.timedelta(days=1) - dt.timedelta(microseconds=1),
)
_NEVER = (dt.datetime(1, 1, 1), dt.datetime(1989, 12, 31), dt.datetime(2100, 1, 1), dt.datetime(9999, 12, 31))


def moments(days_back: Sequence[int], rarely: Sequence[Any] = ()) -> st.SearchStrategy[Any]:
    """Return times so many days before the as-of date; a negative number lies after it."""
    midnight = dt.datetime.combine(AS_OF, dt.time())
    return mostly(*(midnight - dt.timedelta(days=days) + time for days in days_back for time in _TIMES), rarely=rarely)


_DELAYS = mostly(None, dt.timedelta(0), dt.timedelta(hours=30), rarely=(dt.timedelta(-3), dt.timedelta(400)))


def _received(row: Row) -> Row:
    """Turn the delay of an event's receipt into its time."""
    event_at, delay = row["event_at"], row["received_at"]
    is_dated = delay is not None and event_at is not None and 1900 < event_at.year < 9999
    return row | {"received_at": event_at + delay if is_dated else None}


_ORDER_IDS = ("O1", "O2", "O3", "O4")


class Strategies:
    """Rows of each input, dated so many days back, with keys that begin with `prefix`.

    Keys come from so few that the same one comes twice, in other writings too; what refers to customers does not depend
    on the prefix.
    """

    def __init__(self, days_back: Sequence[int], prefix: str = "", *, is_later: bool = False) -> None:
        self.prefix = prefix
        self.order_ids = [*_ORDER_IDS, *(prefix + key for key in _ORDER_IDS)] if is_later else _ORDER_IDS
        # What is to be later than a date has a time, and a possible one, where a lack of it would make it old.
        self.when = moments(days_back, () if is_later else (None, *_NEVER))
        self.maybe_when = st.one_of(st.none(), self.when)
        self.updated_at = self.booked_at = self.when if is_later else self.maybe_when
        self.valid_from = self.when if is_later else st.one_of(st.just(dt.datetime(2020, 1, 1)), self.when)

    def key(self, letter: str, last: int = 9) -> st.SearchStrategy[str]:
        keys = [f"{self.prefix}{letter}{number}" for number in range(1, last + 1)]
        return mostly(*keys, rarely=(f" {keys[0]} ",))

    response_ids = mostly(
        *(f"R{number}" for number in range(1, 10)), rarely=(" R1 ",)
    )  # a later version may change one
    crm_ids = mostly("C1", "C2", "C3", rarely=("c1", " C1", "Ç 5", "", None))
    maybe_crm_ids = mostly("C1", "C2", "C3", None, None)
    emails = mostly(
        *("ann@a.example", "bob@b.example", "cid@c.example", BLOCKED, None, None),
        rarely=(
            " ANN@A.example",
            "mailto:bob@b.example",
            "no address",
            "zoë@ü.example",
            "q@qa.strate.example",
            "a@@b.c",
        ),
    )
    phones = mostly(
        *("+33612345678", "+33698765432", None, None, None),
        rarely=("06 12 34 56 78", "0033698765432", "+33 (0)6 98 76 54 32", "11111111", "call me", "07"),
    )
    user_ids = mostly("u1", "u2", "u3", None, None, rarely=("U1", "u1 "))
    countries = mostly("FR", "de", None, rarely=("France", "Atlantis", " fr"))

    def crm_customers(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "crm_customer_id": self.crm_ids,
                "email": self.emails,
                "phone": self.phones,
                "user_id": self.user_ids,
                "birth_date": mostly("1980-06-30", "1980-07-01", None, rarely=("01/02/1970", "1900-01-01", "soon")),
                "gender": mostly("F", "herr", None, rarely=("?",)),
                "annual_income": mostly(30000.0, None, rarely=(-1.0, 1e12, float("nan"))),
                "household_size": mostly(2.0, None, rarely=(0.0, 31.0)),
                "postal_code": mostly("75001", "75 001", None),
                "country": self.countries,
                "is_test": mostly(None, False, rarely=(True,)),
                "created_at": self.maybe_when,
                "updated_at": self.updated_at,
            }
        )

    def crm_consents(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "consent_id": mostly("A1", "A2", "A3", "A4"),
                "crm_customer_id": self.crm_ids,
                "purpose": mostly("marketing", "Marketing", rarely=("profiling", None)),
                "channel": mostly(None, "email", "SMS"),
                "is_granted": mostly(True, False, rarely=(None,)),
                "decided_at": self.when,
                "expires_at": self.maybe_when,
            }
        )

    def crm_campaign_events(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "campaign_event_id": self.key("K"),
                "crm_customer_id": self.crm_ids,
                "campaign_id": mostly("spring", "summer", rarely=(None,)),
                "message_id": mostly(None, "M1", "M2", "M3", rarely=("spring/C1",)),
                "event_type": mostly(
                    "sent", "opened", "clicked", "bounced", "unsubscribed", rarely=("Open", "lost", None)
                ),
                "event_at": self.when,
                "channel": mostly(None, "email", "SMS", rarely=("push", "pigeon")),
                "received_at": _DELAYS,
            }
        ).map(_received)

    def erp_orders(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "order_id": self.key("O", len(_ORDER_IDS)),
                "ordered_at": self.when,
                "erp_customer_id": mostly("E1", "E2", None, rarely=("e1", "E1 ")),
                "crm_customer_id": self.maybe_crm_ids,
                "email": self.emails,
                "phone": self.phones,
                "country": self.countries,
                "status": mostly("completed", None, "completed", rarely=("Cancelled", "void")),
                "currency_code": mostly("EUR", None, "eur", rarely=("usd", "IDR", "XXX")),
                "total_amount": mostly(None, 10.0, rarely=(1e12, -3.0)),
                "cancelled_at": st.one_of(st.none(), st.none(), self.maybe_when),
                "updated_at": self.maybe_when,
            }
        )

    def erp_order_lines(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "order_line_id": self.key("L"),
                "order_id": mostly(*self.order_ids, rarely=(None, "O9")),
                "product_id": mostly("P1", "P2", "P3", None),
                "quantity": mostly(1.0, 2.0, -1.0, 0.1, rarely=(0.0, 1 / 3, -2.0, 1e11, None, float("inf"))),
                "unit_price": mostly(10.0, 19.99, 1 / 3, rarely=(0.0, 0.00004, -5.0, 1e11, None, float("nan"))),
                "discount_amount": mostly(None, 0.0, 1.5, -1.5, rarely=(25.0, 1e12)),
                "booked_at": self.booked_at,
                "updated_at": self.maybe_when,
            }
        )

    def erp_products(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "product_id": self.key("P", 3),
                "category": mostly("shoes", "Shoes", "hats", rarely=(None, "unknown")),
                "product_name": mostly(None, "a", "b"),
                "updated_at": self.maybe_when,
            }
        )

    def tracking_events(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "event_id": self.key("V"),
                "event_at": self.when,
                "event_name": mostly("page_view", "add_to_cart", "Purchase", "scroll", rarely=(None,)),
                "anonymous_id": mostly("d1", "d2", None),
                "user_id": self.user_ids,
                "platform": mostly("web", "iOS", None),
                "device_type": mostly("mobile", "desktop", None),
                "country": self.countries,
                "user_agent": mostly(None, "Firefox", rarely=("Googlebot/2.1",)),
                "engaged_seconds": mostly(None, 12.3456, 60.0, rarely=(-1.0, 1e9)),
                "received_at": _DELAYS,
            }
        ).map(_received)

    def survey_responses(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "response_id": self.response_ids,
                "crm_customer_id": self.maybe_crm_ids,
                "email": self.emails,
                "dimension": mostly("price", "quality", rarely=("Price", "colour", None)),
                "question_id": mostly(None, "Q1", "Q2", "Q3"),
                "score": mostly(1.0, 3.0, 5.0, rarely=(None, 0.0, 6.0)),
                "max_score": mostly(None, 5.0, 7.0, rarely=(1.0,)),
                "answer_text": mostly(None, "dear"),
                "answered_at": self.when,
            }
        )

    def survey_items(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "question_id": mostly("Q1", "Q2", rarely=("Q3", "Q4")),
                "dimension": mostly("price", "quality", rarely=("Price",)),
                "kind": mostly("value", None),
                "is_reversed": mostly(False, True, None),
            }
        )

    def geo_areas(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "area_id": self.key("G"),
                "country": mostly("FR", "france", rarely=("Atlantis",)),
                "postal_code": mostly("75001", "75 001", rarely=(None,)),
                "area_type": mostly("urban", "rural", None),
                "median_income": mostly(20000.0, 25000.5, None),
                "updated_at": self.maybe_when,
            }
        )

    def exchange_rates(self) -> st.SearchStrategy[Row]:
        return st.fixed_dictionaries(
            {
                "currency_code": mostly("USD", "usd", "IDR"),
                "valid_from": self.valid_from,
                "rate": mostly(0.9, 0.85, 0.00006, rarely=(0.0, -1.0, 17000.0, None)),
            }
        )


_MOST_ROWS = {
    "crm_customers": 7,
    "crm_consents": 4,
    "crm_campaign_events": 8,
    "erp_orders": 9,
    "erp_order_lines": 14,
    "erp_products": 3,
    "tracking_events": 12,
    "survey_responses": 8,
    "survey_items": 3,
    "geo_areas": 2,
    "exchange_rates": 3,
}
_NOT_LATER = ("erp_products", "survey_items", "geo_areas")  # they say how things are now, which rewrites the past


def worlds() -> st.SearchStrategy[dict[str, list[Row]]]:
    """Return worlds of up to 73 rows over all inputs, dated up to the as-of date or not at all."""
    rows = Strategies(_DAYS_BACK)
    inputs = {}
    for name, most in _MOST_ROWS.items():
        row = getattr(rows, name)()
        inputs[name] = st.one_of(st.lists(row, max_size=most), st.lists(row, min_size=most // 2, max_size=most))
    return st.fixed_dictionaries(inputs)


def later_rows(date: dt.date) -> st.SearchStrategy[dict[str, list[Row]]]:
    """Return rows that became known after a date: of known and new customers, on old and new orders."""
    days_back = (AS_OF - date).days
    rows = Strategies([days_back - days for days in (1, 2, 30, 90, 400)], "new ", is_later=True)
    return st.fixed_dictionaries(
        {name: st.lists(getattr(rows, name)(), max_size=5) for name in _MOST_ROWS if name not in _NOT_LATER}
    )

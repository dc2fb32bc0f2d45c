"""The ERP of the demo: orders, cancellations, returns, order lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from strate.demo import arrow
from strate.demo.people import People, format_phone
from strate.demo.personas import CHANNELS, COUNTRIES, PERSONAS
from strate.demo.reference import (
    COUNTRY_SPELLINGS,
    CURRENCY,
    LIST_PRICES,
    N_PRODUCTS,
    PER_EURO,
    PERSONA_CATEGORIES,
    PRODUCT_ROWS,
)
from strate.demo.rhythm import (
    DAY,
    END,
    HOUR,
    MINUTE,
    N_DAYS,
    SECOND,
    START,
    draw_days,
    draw_moments,
    within_groups,
)
from strate.demo.schema import TABLES

_STATUSES = ("completed", "shipped", "cancelled", "returned", "pending")
_COMPLETED, _SHIPPED, _CANCELLED, _RETURNED, _PENDING = range(5)
_CURRENCIES = ("EUR", "GBP", "USD", "CHF", "eur", " EUR ", "XXX")
_SPELLINGS = [s for country in COUNTRIES for s in COUNTRY_SPELLINGS[country]]
_RATES = np.array([PER_EURO[CURRENCY[c]] for c in COUNTRIES])
_TILL_SHARE, _TILL_BASKET = 0.015, 24.0
_NOBODY = -1


@dataclass(frozen=True)
class Orders:
    """Orders that persons placed, sorted by person and from the latest to the earliest.

    Attributes
    ----------
    first, count : ndarray of int of shape (n_people,)
        Row of each person's latest order, and the person's number of orders.
    person, ordered_at, channel : ndarray of int of shape (n_orders,)
        Person, microseconds since 1970, and index into `CHANNELS`.
    ids : pyarrow.Array
        Order keys.
    """

    first: np.ndarray
    count: np.ndarray
    person: np.ndarray
    ordered_at: np.ndarray
    channel: np.ndarray
    ids: pa.Array


def _persona_column(name: str) -> np.ndarray:
    return np.array([getattr(p, name) for p in PERSONAS])


def _order_days(rng: np.random.Generator, people: People, person: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Draw the day of each order: the latest by recency, the earlier ones behind a gap."""
    persona = people.persona
    recency = _persona_column("recency_days")[persona]
    last = draw_days(rng, persona, N_DAYS - 1 - recency[:, 1], N_DAYS - 1 - recency[:, 0])
    until = last[person] - _persona_column("gap_days")[persona[person]]
    since = until - _persona_column("span_days")[persona[person]]
    earlier = draw_days(rng, persona[person], since, until)
    return np.where(position == 0, last[person], earlier)


def make_orders(
    rng: np.random.Generator,
    people: People,
    lines_per_order: float,
    first_order: int,
    first_line: int,
    dirt: Counter,
) -> tuple[Orders, pa.Table, pa.Table]:
    """Make the orders and order lines of a chunk.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    people : People
        Persons of the chunk.
    lines_per_order : float
        Mean number of lines of an order.
    first_order, first_line : int
        First numbers of the order and line keys.
    dirt : Counter
        Counts of each kind of dirt; added to.

    Returns
    -------
    orders : Orders
        Orders of persons, for the systems that follow.
    order_table, line_table : pyarrow.Table
        Rows of `erp_orders` and `erp_order_lines`, sorted by time of order.
    """
    span = _persona_column("orders")[people.persona]
    count = rng.integers(span[:, 0], span[:, 1] + 1)
    person, position = within_groups(count)
    days = _order_days(rng, people, person, position)
    persona = people.persona[person]
    ordered_at = draw_moments(rng, persona, days)
    # Latest first within a person, so that an order's position counts back from the last one.
    order = np.lexsort((-ordered_at, person))
    ordered_at = ordered_at[order]
    n = len(person)

    channel = np.zeros(n, dtype=np.int64)
    draw = rng.random(n)
    for index, p in enumerate(PERSONAS):
        rows = persona == index
        channel[rows] = np.searchsorted(np.cumsum(p.channels) / sum(p.channels), draw[rows])
    is_guest = ~people.in_crm[person] & ~people.in_erp[person]

    # Sales at the till that name nobody come on top.
    n_till = max(3, int(n * _TILL_SHARE))
    till_persona = np.full(n_till, next(i for i, p in enumerate(PERSONAS) if p.name == "lapsed"))
    till_days = draw_days(rng, till_persona, np.zeros(n_till, dtype=int), np.full(n_till, N_DAYS - 1))
    till_days[0] = N_DAYS - 1
    till_at = draw_moments(rng, till_persona, till_days)
    all_person = np.concatenate([person, np.full(n_till, _NOBODY)])
    all_persona = np.concatenate([persona, till_persona])
    all_at = np.concatenate([ordered_at, till_at])
    all_channel = np.concatenate([channel, np.full(n_till, 2)])
    all_country = np.concatenate([people.country[person], np.zeros(n_till, dtype=int)])
    total = n + n_till
    is_person = all_person != _NOBODY
    number = np.empty(total, dtype=np.int64)
    by_time = np.argsort(all_at, kind="stable")
    number[by_time] = first_order + np.arange(total)
    order_ids = arrow.keys("O", number, 8)

    level = _persona_column("basket")[all_persona]
    taste = rng.lognormal(0, 0.28, len(people))
    amount = np.where(is_person, level * taste[all_person], _TILL_BASKET) * rng.lognormal(0, 0.22, total)
    is_test = is_person & (np.array([p.name == "test_account" for p in PERSONAS])[all_persona])

    status = np.where(END - all_at < 4 * DAY, _SHIPPED, _COMPLETED)
    roll = rng.random(total)
    # A latest order is rarely cancelled or returned, else the planted recency would be lost.
    is_last = np.concatenate([position == 0, np.zeros(n_till, dtype=bool)])
    limit = np.where(is_last, 0.008, 0.03)
    status[(roll < limit) & ~is_test] = _CANCELLED
    status[(roll >= limit) & (roll < 2 * limit) & ~is_test & (all_at < END - 30 * DAY)] = _RETURNED
    cancelled_at = np.minimum(all_at + rng.integers(1, 72, total) * HOUR, END - SECOND)
    updated_at = np.minimum(all_at + rng.integers(20, 120, total) * HOUR, END - SECOND)
    updated_at = np.where(status == _CANCELLED, cancelled_at, updated_at)
    dirt["erp_orders: cancelled"] += int((status == _CANCELLED).sum())
    dirt["erp_orders: no customer key"] += n_till
    dirt["erp_orders: guest"] += int(is_guest.sum())

    lines = _make_lines(
        rng,
        all_persona,
        all_at,
        all_country,
        amount,
        status,
        is_person,
        order_ids,
        lines_per_order,
        first_line,
        dirt,
    )
    line_table, total_amount = lines

    known = np.where(is_person, all_person, 0)
    in_crm, in_erp = people.in_crm[known] & is_person, people.in_erp[known] & is_person
    bad_email = people.is_bad_email[known] & in_crm
    guest = np.concatenate([is_guest, np.zeros(n_till, dtype=bool)])
    key_roll = rng.random((4, total))
    has_erp = in_erp & ((key_roll[0] < 0.93) | is_last)
    has_crm = in_crm & ((key_roll[1] < 0.35) | bad_email)
    has_email = is_person & ((key_roll[2] < 0.75) | (is_last & ~has_crm) | guest)
    has_email |= is_person & ~has_erp & ~has_crm
    has_phone = is_person & (key_roll[3] < 0.15)
    second = np.full(len(people), -1)
    second[people.second_crm] = np.arange(len(people.second_crm))
    use_second = has_crm & (second[known] >= 0) & (rng.random(total) < 0.5)
    crm_keys = pa.concat_arrays([people.crm_ids, people.second_crm_ids])
    crm_row = np.where(use_second, len(people) + second[known], known)
    dirt["erp_orders: second crm key of a person"] += int(use_second.sum())
    shout = has_email & (rng.random(total) < 0.03)
    dirt["erp_orders: e-mail in other case"] += int(shout.sum())
    loud = pa.array([e.upper() if k % 2 else f" {e.title()} " for k, e in enumerate(people.emails.to_pylist())])
    emails = pa.concat_arrays([people.emails, loud])
    digits = people.phones.to_pylist()
    phones = pa.array([format_phone(c, d, k % 5) for k, (c, d) in enumerate(zip(people.country, digits, strict=True))])

    spelling = np.where(rng.random(total) < 0.04, rng.integers(1, 6, total), 0)
    dirt["erp_orders: country spelled otherwise"] += int((spelling > 0).sum())
    currency = np.array([_CURRENCIES.index(CURRENCY[c]) for c in COUNTRIES])[all_country]
    odd = rng.random(total)
    in_euro = currency == 0
    currency = np.where(in_euro & (odd < 0.015), 4, currency)
    currency = np.where(in_euro & (odd >= 0.015) & (odd < 0.025), 5, currency)
    currency = np.where(odd > 0.998, 6, currency)
    dirt["erp_orders: currency spelled otherwise"] += int(((currency == 4) | (currency == 5)).sum())
    dirt["erp_orders: unknown currency"] += int((currency == 6).sum())

    columns = {
        "order_id": order_ids,
        "ordered_at": arrow.moments(all_at),
        "erp_customer_id": arrow.pick(people.erp_ids, known, has_erp),
        "crm_customer_id": arrow.pick(crm_keys, crm_row, has_crm),
        "email": arrow.pick(emails, np.where(shout, len(people), 0) + known, has_email),
        "phone": arrow.pick(phones, known, has_phone),
        "country": arrow.pick(_SPELLINGS, all_country * 6 + spelling, is_person),
        "sales_channel": arrow.pick(CHANNELS, all_channel),
        "status": arrow.pick(_STATUSES, status),
        "currency_code": arrow.pick(_CURRENCIES, currency),
        "total_amount": total_amount,
        "cancelled_at": arrow.moments(cancelled_at, status == _CANCELLED),
        "updated_at": arrow.moments(updated_at),
    }
    order_table = arrow.table(TABLES["erp_orders"], columns).take(pa.array(by_time))

    # Orders have gone through other states before: the older versions of some rows.
    old = np.flatnonzero(rng.random(total) < 0.05)
    dirt["erp_orders: older version"] += len(old)
    versions = arrow.table(TABLES["erp_orders"], columns).take(pa.array(old))
    changes = {
        "status": pa.array(["pending"] * len(old), type=pa.string()),
        "cancelled_at": pa.nulls(len(old), pa.timestamp("us")),
        "total_amount": pa.array(np.round(total_amount[old] * np.where(np.arange(len(old)) % 3 == 0, 1.1, 1.0), 2)),
        "updated_at": arrow.moments(np.minimum(all_at[old] + MINUTE * 2, updated_at[old] - SECOND)),
    }
    for name, column in changes.items():
        versions = versions.set_column(versions.schema.get_field_index(name), name, column)
    orders = Orders(
        first=np.cumsum(count) - count,
        count=count,
        person=person,
        ordered_at=ordered_at,
        channel=channel,
        ids=order_ids.slice(0, n),
    )
    separate, separate_lines = _make_separate_returns(
        rng, order_table, line_table, first_order + total, first_line + line_table.num_rows, dirt
    )
    return (
        orders,
        pa.concat_tables([order_table, versions, separate]),
        pa.concat_tables([line_table, separate_lines]),
    )


def _make_lines(
    rng: np.random.Generator,
    persona: np.ndarray,
    ordered_at: np.ndarray,
    country: np.ndarray,
    amount: np.ndarray,
    status: np.ndarray,
    is_person: np.ndarray,
    order_ids: pa.Array,
    lines_per_order: float,
    first_line: int,
    dirt: Counter,
) -> tuple[pa.Table, np.ndarray]:
    """Split each order's amount over products; returns the lines and each order's total."""
    total = len(persona)
    size = lines_per_order * rng.uniform(0.6, 1.4, total)
    n_lines = np.maximum(1, np.floor(size + rng.random(total))).astype(np.int64)
    order, position = within_groups(n_lines)
    n = len(order)
    weight = rng.uniform(0.6, 1.4, n)
    share = weight / np.bincount(order, weight, total)[order]
    quantity = np.where(rng.random(n) < 0.12, rng.integers(2, 4, n), 1)
    target = amount[order] * share / quantity

    n_categories = np.array([len(c) for c in PERSONA_CATEGORIES])
    width = n_categories.max()
    table = np.array([c + [c[0]] * (width - len(c)) for c in PERSONA_CATEGORIES])
    slot = (rng.random(n) * n_categories[persona[order]]).astype(int)
    category = table[persona[order], slot]
    starts = np.array([rows[0] for rows in PRODUCT_ROWS.values()])
    sizes = np.array([len(rows) for rows in PRODUCT_ROWS.values()])
    low, high = LIST_PRICES[starts][category], LIST_PRICES[starts + sizes - 1][category]
    step = np.round(np.log(target / low) / np.log(high / low) * (sizes[category] - 1))
    product = starts[category] + np.clip(step, 0, sizes[category] - 1).astype(int)

    year = (ordered_at - START) // (365 * DAY)
    unit_price = np.round(LIST_PRICES[product] * (1.02**year * _RATES[country])[order], 2)
    typical = _persona_column("discount")[persona[order]]
    rate = np.where(rng.random(n) < np.where(typical > 0.2, 0.95, 0.35), typical * rng.uniform(0.7, 1.3, n), 0.0)
    discount = np.round(unit_price * quantity * rate, 2)

    # A second line with the same content is a second sale, not a re-send.
    twin = (position > 0) & (rng.random(n) < 0.02)
    for values in (product, quantity, unit_price, discount):
        values[twin] = values[np.flatnonzero(twin) - 1]
    dirt["erp_order_lines: equal content, other key"] += int(twin.sum())
    gift = (position > 0) & ~twin & (rng.random(n) < 0.02)
    unit_price[gift], discount[gift] = 0.0, 0.0
    dirt["erp_order_lines: gift at price zero"] += int(gift.sum())
    total_amount = np.round(np.bincount(order, unit_price * quantity - discount, total), 2)

    odd = rng.random(n)
    negative = (odd < 0.001) & (unit_price > 0)
    unit_price[negative] *= -1
    dirt["erp_order_lines: negative price"] += int(negative.sum())
    unknown = (odd > 0.995) & ~negative
    dirt["erp_order_lines: unknown product"] += int(unknown.sum())
    product_keys = [f"P{k + 1:04d}" for k in range(N_PRODUCTS)] + ["P9998", "UNKNOWN"]
    product_row = np.where(unknown, N_PRODUCTS + (order % 2), product)
    orphan = (odd > 0.9905) & (odd < 0.993) & ~is_person[order]
    orphan |= (odd > 0.99) & (odd < 0.9915) & (position > 0)
    dirt["erp_order_lines: order is nowhere"] += int(orphan.sum())

    booked_at = ordered_at[order]
    back = np.flatnonzero((status[order] == _RETURNED) & (position == 0) & (unit_price > 0))
    returned_at = np.minimum(booked_at[back] + rng.integers(3, 25, len(back)) * DAY, END - SECOND)
    dirt["erp_order_lines: return in the same order"] += len(back)

    row = np.concatenate([np.arange(n), back])
    sign = np.concatenate([np.ones(n, dtype=int), np.full(len(back), -1)])
    booked = np.concatenate([booked_at, returned_at])
    by_time = np.argsort(booked, kind="stable")
    row, sign, booked = row[by_time], sign[by_time], booked[by_time]
    ghost = arrow.keys("O9", _ghost_numbers(order[row]), 7)
    ids = pa.concat_arrays([order_ids, ghost])
    is_orphan = orphan[row] & (sign > 0)
    columns = {
        "order_line_id": arrow.keys("L", first_line + np.arange(len(row)), 9),
        "order_id": arrow.pick(ids, np.where(is_orphan, total + np.arange(len(row)), order[row])),
        "product_id": arrow.pick(product_keys, product_row[row]),
        "quantity": quantity[row] * sign,
        "unit_price": unit_price[row],
        "discount_amount": discount[row] * sign,
        "booked_at": arrow.moments(booked),
        "updated_at": arrow.moments(np.minimum(booked + 30 * MINUTE, END - SECOND)),
    }
    return arrow.table(TABLES["erp_order_lines"], columns), total_amount


def _ghost_numbers(order: np.ndarray) -> np.ndarray:
    """Give numbers out of reach of the orders that exist."""
    return 9_000_000 + order % 1_000_000


def _make_separate_returns(
    rng: np.random.Generator,
    orders: pa.Table,
    lines: pa.Table,
    first_order: int,
    first_line: int,
    dirt: Counter,
) -> tuple[pa.Table, pa.Table]:
    """Book a few returns as orders of their own that hold negative lines only."""
    candidates = np.flatnonzero(
        (lines["quantity"].to_numpy() > 0)
        & (lines["unit_price"].to_numpy() > 0)
        & (lines["booked_at"].to_numpy().astype("datetime64[us]").astype(np.int64) < END - 40 * DAY)
    )
    chosen = np.sort(rng.choice(candidates, max(1, orders.num_rows // 150), replace=False))
    parts = lines.take(pa.array(chosen))
    position = pc.index_in(parts["order_id"], orders["order_id"].combine_chunks())
    keep = pc.is_valid(position)
    parts, position = parts.filter(keep), position.filter(keep)
    n = parts.num_rows
    at = parts["booked_at"].to_numpy().astype("datetime64[us]").astype(np.int64)
    at = at + rng.integers(4, 30, n) * DAY
    ids = arrow.keys("O", first_order + np.arange(n), 8)
    source = orders.take(position)
    amount = parts["unit_price"].to_numpy() * parts["quantity"].to_numpy() - parts["discount_amount"].to_numpy()
    columns = {name: source[name].combine_chunks() for name in source.schema.names}
    columns |= {
        "order_id": ids,
        "ordered_at": arrow.moments(at),
        "status": ["returned"] * n,
        "total_amount": -np.round(amount, 2),
        "cancelled_at": pa.nulls(n, pa.timestamp("us")),
        "updated_at": arrow.moments(at + HOUR),
    }
    line_columns = {
        "order_line_id": arrow.keys("L", first_line + np.arange(n), 9),
        "order_id": ids,
        "product_id": parts["product_id"].combine_chunks(),
        "quantity": -parts["quantity"].to_numpy(),
        "unit_price": parts["unit_price"].combine_chunks(),
        "discount_amount": -parts["discount_amount"].to_numpy(),
        "booked_at": arrow.moments(at),
        "updated_at": arrow.moments(at + HOUR),
    }
    dirt["erp_orders: return as an order of its own"] += n
    return arrow.table(TABLES["erp_orders"], columns), arrow.table(TABLES["erp_order_lines"], line_columns)

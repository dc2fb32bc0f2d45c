"""What persons do besides buying: sessions on site and app, campaigns, consents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from strate.demo import arrow
from strate.demo.commerce import Orders
from strate.demo.people import People
from strate.demo.personas import COUNTRIES, PERSONAS, TEST_ACCOUNT
from strate.demo.reference import BOT_AGENTS, USER_AGENTS
from strate.demo.rhythm import (
    DAY,
    END,
    HOUR,
    MINUTE,
    N_DAYS,
    SECOND,
    START,
    draw_counts,
    draw_days,
    draw_moments,
    within_groups,
)
from strate.demo.schema import TABLES

_AGENTS = [agent for agents in USER_AGENTS.values() for agent in agents]
_DEVICES = ("desktop", "mobile", "tablet")
_PLATFORMS = ("web", "ios", "android")
_EVENTS = ("page_view", "product_view", "search", "add_to_cart", "begin_checkout", "purchase", "login")
_PAGE_VIEW, _PRODUCT_VIEW, _SEARCH, _ADD_TO_CART, _CHECKOUT, _PURCHASE, _LOGIN = range(7)
_EVENT_SUMS = np.cumsum([0.42, 0.36, 0.10, 0.09])
_SESSIONS_AT_ONCE = 100_000
_ROBOTS = 2**39  # their numbers are out of reach of the persons'


@dataclass(frozen=True)
class Devices:
    """Two devices a person, of which the second may stay unused.

    Attributes
    ----------
    ids : pyarrow.Array
        Anonymous keys, two a person.
    device, platform, agent : ndarray of int of shape (2 * n_people,)
        Indexes into the device types, platforms and user agents.
    has_second : ndarray of bool of shape (n_people,)
        Whether the second device is used.
    """

    ids: pa.Array
    device: np.ndarray
    platform: np.ndarray
    agent: np.ndarray
    has_second: np.ndarray


@dataclass(frozen=True)
class Sessions:
    """Sessions in order of time, one array element each.

    Attributes
    ----------
    person, slot, start, n_events, linked_at : ndarray of int
        Person, device slot, start, events, and the time of the order placed in it (0 for none).
    is_known, is_login : ndarray of bool
        Whether the shop knows the user, and whether by a login rather than from an earlier one.
    """

    person: np.ndarray
    slot: np.ndarray
    start: np.ndarray
    n_events: np.ndarray
    linked_at: np.ndarray
    is_known: np.ndarray
    is_login: np.ndarray


def _scramble(numbers: np.ndarray) -> np.ndarray:
    """Mix numbers below 2**40 so that keys made of them show no order; different numbers stay different."""
    return (numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) & np.uint64(2**40 - 1)


def make_devices(rng: np.random.Generator, people: People, dirt: Counter) -> Devices:
    """Give each person a first and perhaps a second device.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    people : People
        Persons of the chunk.
    dirt : Counter
        Counts of each kind of dirt; added to.

    Returns
    -------
    Devices
        Devices of the chunk.
    """
    n = len(people)
    mobile_share = np.array([p.mobile_share for p in PERSONAS])[people.persona]
    app_share = np.array([p.channels[1] for p in PERSONAS])[people.persona]
    device = np.zeros((n, 2), dtype=np.int64)
    device[:, 0] = np.where(rng.random(n) < mobile_share, 1, np.where(rng.random(n) < 0.1, 2, 0))
    device[:, 1] = np.where(device[:, 0] == 1, 0, 1)
    device = device.ravel()
    is_app = (device == 1) & (rng.random(2 * n) < np.repeat(app_share, 2))
    is_ios = rng.random(2 * n) < 0.5
    platform = np.where(is_app, np.where(is_ios, 1, 2), 0)
    desktop = (rng.random(2 * n) * 3).astype(np.int64)
    agent = np.where(device == 0, desktop, np.where(device == 1, np.where(is_ios, 3, 4), 5))
    numbers = _scramble(np.arange(2 * n) + 2 * people.first_number)
    ids = [f"a_{number:010x}" for number in numbers.tolist()]
    # A device on which two users log in: one person uses the first device of another.
    owners = np.flatnonzero(people.has_account & (np.array([p.sessions for p in PERSONAS])[people.persona] >= 2))
    n_shared = max(1, n // 1_000)
    pairs = rng.choice(owners, (n_shared, 2), replace=False)
    for host, guest in pairs.tolist():
        ids[2 * guest] = ids[2 * host]
    dirt["tracking_events: device shared by two users"] += n_shared
    return Devices(pa.array(ids), device, platform, agent, rng.random(n) < 0.3)


def make_sessions(
    rng: np.random.Generator,
    people: People,
    orders: Orders,
    devices: Devices,
    events_per_session: float,
    session_factor: float,
) -> Sessions:
    """Draw the sessions of a chunk; online orders fall into one.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    people, orders, devices : People, Orders, Devices
        What is known of the chunk's persons.
    events_per_session : float
        Mean number of events.
    session_factor : float
        Factor on each persona's number of sessions.

    Returns
    -------
    Sessions
        Sessions sorted by start.
    """
    typical = np.array([p.sessions for p in PERSONAS])[people.persona] * session_factor
    # Nobody outside the shop's systems but in the web is seen: customers of the till have no sessions.
    typical = np.where(people.in_crm | people.has_account | ~people.in_erp, typical, 0)
    count = draw_counts(rng, typical, 0.15)
    person, position = within_groups(count)
    persona = people.persona[person]
    window = np.array([p.session_days for p in PERSONAS])[persona]
    days = draw_days(rng, persona, N_DAYS - 1 - window[:, 1], N_DAYS - 1 - window[:, 0])
    start = draw_moments(rng, persona, days)

    row = np.minimum(orders.first[person] + position, max(len(orders.person) - 1, 0))
    is_linked = (position < orders.count[person]) & (orders.channel[row] < 2)
    linked_at = np.where(is_linked, orders.ordered_at[row], 0)
    start = np.where(is_linked, linked_at - 10 * MINUTE, np.minimum(start, END - 2 * HOUR))

    second = devices.has_second[person] & ((position % 3) == 1)
    first_on_device = (position == 0) | (second & (position == 1))
    login_share = np.where(people.persona == TEST_ACCOUNT, 1.0, 0.6)
    roll = rng.random(len(person))
    is_known = people.has_account[person] & (first_on_device | (roll < login_share[person]))
    is_login = is_known & (first_on_device | (roll < 0.2))
    n_events = np.maximum(1, draw_counts(rng, np.full(len(person), events_per_session), 0.5))
    n_events = np.where(first_on_device | is_linked, np.maximum(n_events, 2), n_events)
    order = np.argsort(start, kind="stable")
    return Sessions(
        person=person[order],
        slot=(person * 2 + second)[order],
        start=start[order],
        n_events=n_events[order],
        linked_at=linked_at[order],
        is_known=is_known[order],
        is_login=is_login[order],
    )


def make_events(
    rng: np.random.Generator,
    people: People,
    devices: Devices,
    sessions: Sessions,
    first_event: int,
    dirt: Counter,
) -> Iterator[pa.Table]:
    """Make the tracking events of a chunk, some sessions at a time.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    people, devices, sessions : People, Devices, Sessions
        What is known of the chunk's persons.
    first_event : int
        First number of the event keys.
    dirt : Counter
        Counts of each kind of dirt; added to.

    Yields
    ------
    pyarrow.Table
        Rows of `tracking_events`, nearly in order of time.
    """
    for begin in range(0, len(sessions.person), _SESSIONS_AT_ONCE):
        part = slice(begin, begin + _SESSIONS_AT_ONCE)
        table = _expand_sessions(rng, people, devices, sessions, part, first_event, dirt)
        first_event += table.num_rows
        yield table
    yield _make_robots(rng, people, first_event, dirt)


def _expand_sessions(
    rng: np.random.Generator,
    people: People,
    devices: Devices,
    sessions: Sessions,
    part: slice,
    first_event: int,
    dirt: Counter,
) -> pa.Table:
    counts = sessions.n_events[part]
    session, position = within_groups(counts)
    n = len(session)
    person, slot = sessions.person[part][session], sessions.slot[part][session]
    linked_at = sessions.linked_at[part]
    is_linked, is_login = (linked_at > 0)[session], sessions.is_login[part][session]
    remaining = counts[session] - 1 - position

    gap = np.clip(np.exp(rng.standard_normal(n, dtype=np.float32) * 0.9 + 3.2), 2, 240).astype(np.int64) * SECOND
    offset = np.cumsum(gap) - gap
    last = np.cumsum(counts) - 1
    offset -= offset[last - counts + 1][session]
    start = np.where(
        linked_at > 0, linked_at - offset[last], np.minimum(sessions.start[part], END - SECOND - offset[last])
    )
    event_at = start[session] + offset

    event = np.searchsorted(_EVENT_SUMS, rng.random(n, dtype=np.float32)).astype(np.int8)
    is_app = devices.platform[slot] > 0
    login_at = np.where((counts <= 2)[session] | is_app, 0, 1)
    event[position == 0] = _PAGE_VIEW
    event[is_linked & (remaining == 2)] = _ADD_TO_CART
    event[is_linked & (remaining == 1)] = _CHECKOUT
    event[is_login & (position == login_at)] = _LOGIN
    event[is_linked & (remaining == 0)] = _PURCHASE
    has_user = sessions.is_known[part][session] & (~is_login | (position >= login_at))

    engaged = gap / SECOND * rng.uniform(0.3, 0.95, n)
    engaged = np.round(np.minimum(engaged, 180))
    roll = rng.random(n, dtype=np.float32)
    is_late = (roll < 0.008) & (event_at < END - 3 * DAY)
    delay = np.where(is_late, (DAY + roll / 0.008 * 2 * DAY).astype(np.int64) // SECOND * SECOND, 3 * SECOND)
    nobody = (roll > 0.996) & ~is_linked & (position > 0)
    dirt["tracking_events: received late"] += int(is_late.sum())
    dirt["tracking_events: no visitor key"] += int(nobody.sum())
    columns = {
        "event_id": arrow.keys("ev_", first_event + np.arange(n), 8),
        "event_at": arrow.moments(event_at),
        "event_name": arrow.pick(_EVENTS, event),
        "anonymous_id": arrow.pick(devices.ids, slot, ~nobody),
        "user_id": arrow.pick(people.user_ids, person, has_user & ~nobody),
        "platform": arrow.pick(_PLATFORMS, devices.platform[slot]),
        "device_type": arrow.pick(_DEVICES, devices.device[slot]),
        "country": arrow.pick(COUNTRIES, people.country[person]),
        "user_agent": arrow.pick(_AGENTS, devices.agent[slot]),
        "engaged_seconds": pa.array(engaged, mask=roll > 0.97),
        "received_at": arrow.moments(np.minimum(event_at + delay, END - SECOND)),
    }
    return arrow.table(TABLES["tracking_events"], columns)


def _make_robots(rng: np.random.Generator, people: People, first_event: int, dirt: Counter) -> pa.Table:
    """Make the visits of robots, and of one visitor who is busy beyond reason without saying what it is."""
    n_bots, n_busy = max(3, len(people) // 1_000), max(1, len(people) // 10_000)
    counts = np.concatenate([rng.integers(80, 160, n_bots), rng.integers(320, 380, n_busy)])
    visitor, position = within_groups(counts)
    is_bot = visitor < n_bots
    day = END - rng.integers(2, 400, len(counts)) * DAY
    event_at = day[visitor] + 2 * HOUR + position * np.where(is_bot, 7, 140) * SECOND
    n = len(visitor)
    agent = np.where(is_bot, len(_AGENTS) + visitor % len(BOT_AGENTS), 0)
    numbers = _scramble(np.arange(n_bots + n_busy) + people.first_number + _ROBOTS)
    ids = [f"a_{number:010x}" for number in numbers.tolist()]
    dirt["tracking_events: robot"] += int(is_bot.sum())
    dirt["tracking_events: several hundred events in a day"] += int((~is_bot).sum())
    columns = {
        "event_id": arrow.keys("ev_", first_event + np.arange(n), 8),
        "event_at": arrow.moments(event_at),
        "event_name": arrow.pick(_EVENTS, np.where(position % 4 == 0, _PAGE_VIEW, _PRODUCT_VIEW)),
        "anonymous_id": arrow.pick(ids, visitor),
        "user_id": pa.nulls(n, pa.string()),
        "platform": ["web"] * n,
        "device_type": ["desktop"] * n,
        "country": arrow.pick(COUNTRIES, visitor % len(COUNTRIES)),
        "user_agent": arrow.pick([*_AGENTS, *BOT_AGENTS], agent),
        "engaged_seconds": np.round(rng.uniform(0.1, 1.5, n), 1),
        "received_at": arrow.moments(event_at + SECOND),
    }
    return arrow.table(TABLES["tracking_events"], columns)


def make_campaign_events(
    rng: np.random.Generator, people: People, created_at: np.ndarray, first_event: int, dirt: Counter
) -> pa.Table:
    """Make what became of each campaign message.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    people : People
        Persons of the chunk; only those in the CRM get messages.
    created_at : ndarray of int of shape (n_people,)
        When the CRM first knew the person, in microseconds since 1970.
    first_event : int
        First number of the event keys.
    dirt : Counter
        Counts of each kind of dirt; added to.

    Returns
    -------
    pyarrow.Table
        Rows of `crm_campaign_events` in order of time.
    """
    sent = np.where(people.in_crm, np.array([p.messages for p in PERSONAS])[people.persona], 0)
    person, position = within_groups(sent)
    n = len(person)
    persona = people.persona[person]
    known_since = (created_at[person] - START) // DAY
    days = draw_days(rng, persona, np.maximum(N_DAYS - 540, known_since + 1), np.full(n, N_DAYS - 1))
    sent_at = draw_moments(rng, persona, days)
    channel = np.array([0, 0, 0, 0, 0, 0, 0, 1, 2, 2])[rng.integers(0, 10, n)]
    is_opened = position < np.array([p.opened for p in PERSONAS])[persona]
    roll = rng.random((4, n))
    is_bounced = ~is_opened & (roll[0] < 0.06)
    is_delivered = ~is_bounced & (roll[0] > 0.86)
    is_clicked = is_opened & (roll[1] < 0.35)
    is_left = is_opened & (roll[2] < 0.012)
    again = is_opened & (roll[3] < 0.02)
    dirt["crm_campaign_events: equal content, other key"] += int(again.sum())
    read_after = (rng.lognormal(3.5, 0.9, n) * MINUTE).astype(np.int64) // SECOND * SECOND
    kinds = ("sent", "delivered", "bounced", "opened", "opened", "clicked", "unsubscribed")
    masks = (np.ones(n, dtype=bool), is_delivered, is_bounced, is_opened, again, is_clicked, is_left)
    delays = (
        0 * sent_at,
        5 * SECOND,
        8 * SECOND,
        read_after,
        read_after,
        read_after + 40 * SECOND,
        read_after + MINUTE,
    )
    row = np.concatenate([np.flatnonzero(m) for m in masks])
    kind = np.concatenate([np.full(int(m.sum()), k) for k, m in enumerate(masks)])
    at = np.concatenate([(sent_at + d)[m] for m, d in zip(masks, delays, strict=True)])
    at = np.minimum(at, END - SECOND)
    order = np.argsort(at, kind="stable")
    row, kind, at = row[order], kind[order], at[order]
    late = (rng.random(len(row)) < 0.01) & (at < END - 3 * DAY)
    dirt["crm_campaign_events: received late"] += int(late.sum())
    month = (sent_at.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64))[row]
    first_month = (2023 - 1970) * 12
    campaigns = [f"CMP-{2023 + m // 12}-{m % 12 + 1:02d}-{c}" for m in range(36) for c in ("EMAIL", "SMS", "PUSH")]
    columns = {
        "campaign_event_id": arrow.keys("ce_", first_event + np.arange(len(row)), 9),
        "crm_customer_id": arrow.pick(people.crm_ids, person[row]),
        "campaign_id": arrow.pick(campaigns, (month - first_month) * 3 + channel[row]),
        "message_id": arrow.keys("m_", first_event + row, 9),
        "channel": arrow.pick(("email", "sms", "push"), channel[row]),
        "event_type": arrow.pick(kinds, kind),
        "event_at": arrow.moments(at),
        "received_at": arrow.moments(np.minimum(at + np.where(late, 2 * DAY, 4 * SECOND), END - SECOND)),
    }
    return arrow.table(TABLES["crm_campaign_events"], columns)


def make_consents(rng: np.random.Generator, people: People, created_at: np.ndarray, dirt: Counter) -> pa.Table:
    """Make the decisions of the CRM's customers about marketing and profiling.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    people : People
        Persons of the chunk.
    created_at : ndarray of int of shape (n_people,)
        When the CRM first knew the person, in microseconds since 1970.
    dirt : Counter
        Counts of each kind of dirt; added to.

    Returns
    -------
    pyarrow.Table
        Rows of `crm_consents` in order of decision.
    """
    known = np.flatnonzero(people.in_crm)
    roll = rng.random((5, len(known)))
    marketing, profiling = known[roll[0] < 0.9], known[roll[1] < 0.15]
    withdrawn = known[(roll[0] < 0.9) & (roll[2] < 0.05)]
    no_profile = known[(roll[1] < 0.15) & (roll[3] < 0.15)]
    person = np.concatenate([marketing, profiling, withdrawn, no_profile])
    kind = np.repeat(np.arange(4), [len(marketing), len(profiling), len(withdrawn), len(no_profile)])
    n = len(person)
    later = ((END - MINUTE - created_at[person]) * rng.uniform(0.1, 1.0, n)).astype(np.int64) // SECOND * SECOND
    at = np.minimum(created_at[person] + np.where(kind >= 2, later, 30 * SECOND), END - SECOND)
    first_refusal = (kind < 2) & (rng.random(n) < 0.06)
    granted = (kind < 2) & ~first_refusal
    dirt["crm_consents: withdrawn"] += int((kind >= 2).sum())
    expires = granted & (rng.random(n) < 0.12)
    channel = np.where(kind % 2 == 0, np.array([0, 0, 0, 0, 1, 2, 3])[person % 7], 3)
    order = np.argsort(at, kind="stable")
    base = people.first_number * 3
    columns = {
        "consent_id": arrow.keys("CN", base + np.arange(n), 7),
        "crm_customer_id": arrow.pick(people.crm_ids, person[order]),
        "purpose": arrow.pick(("marketing", "profiling"), (kind % 2)[order]),
        "channel": arrow.pick(("email", "sms", "push", "all"), channel[order], (channel < 3)[order]),
        "is_granted": granted[order],
        "legal_basis": arrow.pick(("consent", "legitimate_interest"), (person % 9 == 0).astype(int)[order]),
        "decided_at": arrow.moments(at[order]),
        "expires_at": arrow.moments((at + 730 * DAY)[order], expires[order]),
    }
    return arrow.table(TABLES["crm_consents"], columns)

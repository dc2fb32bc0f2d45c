"""The demo data as a stream of tables, chunk by chunk: deterministic, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from strate.demo import commerce, crm, engagement
from strate.demo.dirt import add_versions, soil
from strate.demo.people import CHUNK, make_people, truth_table
from strate.demo.reference import areas_table, products_table
from strate.demo.rhythm import END
from strate.demo.surveys import make_surveys

# Each system draws from a stream of its own, so that a change in one leaves the others as they were.
_PEOPLE, _ORDERS, _DEVICES, _SESSIONS, _EVENTS, _CRM, _CAMPAIGNS, _CONSENTS, _SURVEYS, _DIRT, _LOOK_UPS = range(11)


@dataclass(frozen=True)
class Volume:
    """How much each customer leaves behind.

    Parameters
    ----------
    lines_per_order : float
        Mean lines of an order.
    events_per_session : float
        Mean tracking events of a session.
    session_factor : float
        Factor on each persona's number of sessions.
    """

    lines_per_order: float = 3.3
    events_per_session: float = 8.3
    session_factor: float = 2.2


class Generator:
    """Source of all demo tables.

    Parameters
    ----------
    customers : int
        Number of customers, at least 1; test accounts, visitors, doubles and dirt come on top.
    seed : int
        The same seed gives the same rows.
    volume : Volume
        How much each customer leaves behind.

    Attributes
    ----------
    dirt : Counter
        Rows of each kind of dirt so far, by "<table>: <kind>".
    """

    def __init__(self, customers: int, seed: int = 7, volume: Volume | None = None) -> None:
        if customers < 1:
            raise ValueError(f"customers must be at least 1, not {customers}")
        self.customers = customers
        self.seed = seed
        self.volume = volume or Volume()
        self.dirt: Counter = Counter()

    @property
    def n_chunks(self) -> int:
        """Number of chunks."""
        return -(-self.customers // CHUNK)

    def stream(self, chunk: int, system: int) -> np.random.Generator:
        """Return the source of chance of one system in one chunk."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(chunk, system)))

    def tables(self) -> Iterator[tuple[int, str, pa.Table]]:
        """Make all tables, piece by piece.

        Yields
        ------
        chunk : int
            Number of the chunk that the piece belongs to.
        name : str
            Name of an input, or "truth".
        table : pyarrow.Table
            Typed rows.
        """
        look_ups = self.stream(0, _LOOK_UPS)
        for name, table in (("erp_products", products_table()), ("geo_areas", areas_table())):
            yield 0, name, soil(add_versions(table, look_ups, name, self.dirt), look_ups, name, self.dirt)
        numbers: Counter = Counter()
        for chunk in range(self.n_chunks):
            n = min(CHUNK, self.customers - chunk * CHUNK)
            for name, table in self._chunk(chunk, n, numbers):
                yield chunk, name, table

    def _chunk(self, chunk: int, n: int, numbers: Counter) -> Iterator[tuple[str, pa.Table]]:
        dirt, volume = self.dirt, self.volume
        dirt_stream = self.stream(chunk, _DIRT)
        people = make_people(self.stream(chunk, _PEOPLE), n, chunk)
        orders, order_table, line_table = commerce.make_orders(
            self.stream(chunk, _ORDERS),
            people,
            volume.lines_per_order,
            numbers["order"],
            numbers["line"],
            dirt,
        )
        numbers["order"] += order_table.num_rows
        numbers["line"] += line_table.num_rows
        devices = engagement.make_devices(self.stream(chunk, _DEVICES), people, dirt)
        sessions = engagement.make_sessions(
            self.stream(chunk, _SESSIONS),
            people,
            orders,
            devices,
            volume.events_per_session,
            volume.session_factor,
        )
        first_activity = np.full(len(people), END)
        np.minimum.at(first_activity, orders.person, orders.ordered_at)
        np.minimum.at(first_activity, sessions.person, sessions.start)
        crm_stream = self.stream(chunk, _CRM)
        created_at = crm.draw_creation(crm_stream, people, first_activity)
        dirt["persons: tracking only"] += int((people.has_account & ~people.in_crm & ~people.in_erp).sum())
        dirt["persons: ERP only"] += int((people.in_erp & ~people.in_crm).sum())

        used = np.unique(sessions.slot)
        yield (
            "truth",
            truth_table(people, (used // 2, devices.ids.take(pa.array(used))), (orders.person, orders.ids)),
        )
        for name, table in (
            ("crm_customers", crm.make_customers(crm_stream, people, created_at, dirt)),
            ("erp_orders", order_table),
            ("erp_order_lines", line_table),
        ):
            yield name, soil(table, dirt_stream, name, dirt)
        del order_table, line_table
        campaigns = engagement.make_campaign_events(
            self.stream(chunk, _CAMPAIGNS), people, created_at, numbers["campaign"], dirt
        )
        numbers["campaign"] += campaigns.num_rows
        yield "crm_campaign_events", soil(campaigns, dirt_stream, "crm_campaign_events", dirt)
        consents = engagement.make_consents(self.stream(chunk, _CONSENTS), people, created_at, dirt)
        yield "crm_consents", soil(consents, dirt_stream, "crm_consents", dirt)
        for events in engagement.make_events(
            self.stream(chunk, _EVENTS), people, devices, sessions, numbers["event"], dirt
        ):
            numbers["event"] += events.num_rows
            yield "tracking_events", soil(events, dirt_stream, "tracking_events", dirt)
        surveys = make_surveys(self.stream(chunk, _SURVEYS), people, created_at, dirt)
        yield "survey_responses", soil(surveys, dirt_stream, "survey_responses", dirt)

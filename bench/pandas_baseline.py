"""The usual way: one pandas and scikit-learn script that makes from the same Parquet files what Strate makes.

It links the accounts of CRM, ERP and tracking, builds sessions, computes every column of `customer_features` at the
same as-of dates by the same rules, and segments by RFM, value, lifecycle and K-means. A test compares the result with
Strate's, customer by customer. Features left out: none. What it does not do is in its favour: it reads typed Parquet
only (no text to parse), cleans no more than that data need, keeps no list of rejected rows, no history and no golden
record, checks nothing, and starts anew each time.

The work is vectorised and reads only the columns in use, with categories for texts that repeat.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

import pandas_activity as activity
import pandas_cleaning as cleaning
import pandas_features as features
import pandas_segments as segments


class Phases:
    """Seconds of each phase, added up, and the peak of memory by its last end, in bytes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peaks: dict[str, int] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Add the seconds of a block to a phase."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        # Kilobytes on Linux, bytes on macOS.
        self.peaks[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
            1 if sys.platform == "darwin" else 1024
        )


def run(
    inputs: Path, seeds: Path, rates: Path, items: Path, *, dates: int, spacing: int, least_size: int, phases: Phases
) -> dict[str, pd.DataFrame]:
    """Make all tables.

    Parameters
    ----------
    inputs : pathlib.Path
        Folder with a Parquet file per input.
    seeds, rates, items : pathlib.Path
        Country aliases, exchange rates and survey items, as CSV.
    dates, spacing : int
        Number of as-of dates, the last date in the data being the first of them, and the days between them.
    least_size : int
        Customers of the smallest cluster.
    phases : Phases
        Takes the seconds.

    Returns
    -------
    dict of str to pandas.DataFrame
        By the names of Strate's marts; `customer_id` is the key of the customer's oldest account.
    """
    with phases("read"):
        countries = cleaning.read_countries(seeds)
        exchange_rates = pd.read_csv(rates, parse_dates=["valid_from"])
        # The largest table comes first and is gone before the others are read; a name held here would keep it.
        raw = {"tracking_events": cleaning.read(inputs, "tracking_events")}
    with phases("clean"):
        events = cleaning.clean_events(raw.pop("tracking_events"))
    with phases("activity"):
        users, devices = events["user_id"].cat.categories, events["anonymous_id"].cat.categories
        sessions = activity.make_sessions(events)
        del events
        sessions["country_code"] = cleaning.map_category(
            sessions["country"], lambda name: countries["country_code"].get(name.lower())
        )
    with phases("read"):
        raw = {name: cleaning.read(inputs, name) for name in cleaning.COLUMNS if name != "tracking_events"}
    with phases("clean"):
        customers = cleaning.clean_customers(raw.pop("crm_customers"), countries)
        orders = cleaning.clean_orders(raw.pop("erp_orders"), countries, exchange_rates)
        products = cleaning.clean_products(raw.pop("erp_products"))
        lines = cleaning.clean_lines(raw.pop("erp_order_lines"), orders, products)
        campaign_events = cleaning.clean_campaign_events(raw.pop("crm_campaign_events"))
        consents = cleaning.clean_consents(raw.pop("crm_consents"))
        responses = cleaning.clean_responses(raw.pop("survey_responses"), pd.read_csv(items))
        areas = cleaning.clean_areas(raw.pop("geo_areas"), countries)
    with phases("activity"):
        touches = activity.make_touches(campaign_events)
        times = [orders["ordered_at"].iloc[lines["order"]], sessions["date"], campaign_events["event_at"]]
        last = max(t.max() for t in (*times, responses["answered_at"], consents["decided_at"])).normalize()
    with phases("identity"):
        links, accounts = activity.make_links(customers, orders, sessions, touches, consents, responses, users, devices)
        for frame in (customers, orders, touches, consents, responses):
            frame["account"] = accounts.get_indexer(frame["account_key"])
        sessions = sessions[~sessions["is_bot"]]
        of_user, of_device = accounts.get_indexer("user:" + users), accounts.get_indexer("device:" + devices)
        sessions["account"] = pd.Series(of_user[sessions["user"]], index=sessions.index).where(
            sessions["user"] >= 0, of_device[sessions["device"]]
        )
        orders_by_time = orders.sort_values(["ordered_at", "order_id"], ascending=[False, True])

    mart = []
    for number in range(dates):
        as_of = last - pd.Timedelta(days=number * spacing)
        with phases("identity"):
            customer, persons = activity.resolve(links, len(accounts), as_of + pd.Timedelta(days=1))
            if number == 0:
                is_unprofiled = features.unprofiled_accounts(consents, customer, as_of)
            persons = persons.drop(np.unique(customer[is_unprofiled]), errors="ignore")
        with phases("features"):
            profiles = features.profile_features(
                customers, orders_by_time, consents, responses, areas, persons, customer, as_of
            )
            found = features.feature_mart(
                profiles,
                features.purchase_features(lines, orders, customer, as_of),
                features.engagement_features(sessions, profiles["country_code"], customer, as_of),
                features.campaign_features(touches, customer, as_of),
            )
            found["as_of_date"] = as_of
            mart.append(found)
    latest = mart[0]
    with phases("segments"):
        memberships = {
            "rfm": segments.rfm(latest),
            "value": segments.value_tiers(latest),
            "lifecycle": segments.lifecycle(latest),
        }
    with phases("clustering"):
        memberships["cluster"] = segments.clusters(latest, least_size)
    with phases("segments"):
        members = pd.concat(memberships, names=["segmentation", "customer"]).rename("segment_key").reset_index()
        sizes, profiles = segments.segment_tables(latest, members)
    with phases("features"):
        customer_features = pd.concat(mart)
        customer_features.insert(0, "customer_id", accounts[customer_features.index])
    members["customer_id"] = accounts[members.pop("customer")]
    return {
        "customer_features": customer_features,
        "customer_segments": members,
        "segments": sizes,
        "segment_profiles": profiles,
    }


def main() -> None:
    """Run as a script: write the tables as Parquet, and the seconds and the peak memory as JSON."""
    project = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", type=Path, help="folder with a Parquet file per input")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--countries", type=Path, default=project / "seeds/country_aliases.csv")
    parser.add_argument("--rates", type=Path, default=project / "seeds/demo/demo_exchange_rates.csv")
    parser.add_argument("--items", type=Path, default=project / "seeds/demo/demo_survey_items.csv")
    parser.add_argument("--as-of-dates", type=int, default=3, help="the last date in the data and earlier ones")
    parser.add_argument("--spacing-days", type=int, default=90, help="how far apart they are")
    parser.add_argument("--least-size", type=int, default=100, help="customers of the smallest cluster")
    given = parser.parse_args()

    phases = Phases()
    tables = run(
        given.inputs,
        given.countries,
        given.rates,
        given.items,
        dates=given.as_of_dates,
        spacing=given.spacing_days,
        least_size=given.least_size,
        phases=phases,
    )
    with phases("write"):
        given.out.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_parquet(given.out / f"{name}.parquet", index=False)
    found = {"phases": phases.seconds, "peak_bytes_by_phase": phases.peaks, "peak_bytes": max(phases.peaks.values())}
    (given.out / "phases.json").write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()

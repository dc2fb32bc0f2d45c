"""Second part of the baseline: sessions and messages from events, and which accounts are one customer."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pandas_cleaning import TEST_EMAIL_DOMAIN

SESSION_GAP = pd.Timedelta(minutes=30)
BOT_EVENTS_PER_SESSION = 300
MAX_ACCOUNTS = {"crm": 10, "email": 10, "phone": 10, "user": 10}
COUNTED_EVENTS = ("page_view", "product_view", "add_to_cart", "purchase")


def _sorted_codes(values: pd.Series) -> np.ndarray:
    """Return codes whose order is that of the texts, -1 for null, so that the largest code is the largest text."""
    order = np.argsort(np.argsort(values.cat.categories.to_numpy(dtype=object))).astype("int32")
    codes = values.cat.codes.to_numpy()
    return np.where(codes < 0, -1, order[codes])


def make_sessions(events: pd.DataFrame) -> pd.DataFrame:
    """Return one row per session and day: who, when, what was done, on what device.

    `user` and `device` are numbers of the categories of `user_id` and `anonymous_id`, -1 for none.
    """
    device = events["anonymous_id"].cat.codes.to_numpy(dtype="int32")
    user = events["user_id"].cat.codes.to_numpy(dtype="int32")
    visitor = np.where(device >= 0, device, len(events["anonymous_id"].cat.categories) + user)
    order = np.lexsort((events["event_at"].to_numpy(), visitor))
    e = events.drop(columns=["anonymous_id", "user_id"]).iloc[order]
    visitor, user, device = visitor[order], user[order], device[order]

    at = e["event_at"].to_numpy()
    day = at.astype("datetime64[D]")
    is_new_visitor = np.ones(len(e), dtype=bool)
    is_new_visitor[1:] = visitor[1:] != visitor[:-1]
    is_start = is_new_visitor.copy()
    is_start[1:] |= at[1:] - at[:-1] > SESSION_GAP
    is_start[1:] |= (user[1:] != user[:-1]) & (user[1:] >= 0) & (user[:-1] >= 0)
    is_new_part = is_start.copy()
    is_new_part[1:] |= day[1:] != day[:-1]

    name = e["event_name"].cat
    rows = pd.DataFrame(
        {
            "part": np.cumsum(is_new_part),
            "device": device,
            "user": user,
            "least_user": np.where(user < 0, np.iinfo("int32").max, user),
            "at": at,
            "is_start": is_start,
            "is_bot": e["is_bot"].to_numpy(),
            "engaged": e["engaged_seconds"].to_numpy(),
            "platform": _sorted_codes(e["platform"]).astype("int8"),
            "device_type": _sorted_codes(e["device_type"]).astype("int8"),
            "country": _sorted_codes(e["country"]).astype("int16"),
        }
        | {event: name.codes.to_numpy() == _code(name.categories, event) for event in COUNTED_EVENTS}
    )
    groups = rows.groupby("part", sort=False)
    s = groups.agg(
        device=("device", "first"),
        user=("user", "max"),
        least_user=("least_user", "min"),
        started_at=("at", "first"),
        ended_at=("at", "last"),
        is_start=("is_start", "first"),
        event_count=("at", "size"),
        is_bot=("is_bot", "max"),
        platform=("platform", "max"),
        device_type=("device_type", "max"),
        country=("country", "max"),
        **{event: (event, "sum") for event in COUNTED_EVENTS},
    )
    duration = (s["ended_at"] - s["started_at"]).dt.total_seconds()
    s["engaged"] = groups["engaged"].sum(min_count=1).fillna(duration)
    s["user"] = s["user"].where(s["user"] == s["least_user"], -1)
    s["is_bot"] |= s["event_count"] > BOT_EVENTS_PER_SESSION
    s["date"] = s["started_at"].dt.normalize()
    for column in ("platform", "device_type", "country"):
        names = np.sort(events[column].cat.categories.to_numpy(dtype=object))
        s[column] = pd.Categorical.from_codes(s[column].to_numpy(), categories=names)
    return s.drop(columns=["least_user", "event_count", "ended_at"]).reset_index(drop=True)


def _code(categories: pd.Index, value: str) -> int:
    return categories.get_loc(value) if value in categories else len(categories)


def make_touches(events: pd.DataFrame) -> pd.DataFrame:
    """Return one row per message: to whom, by which channel, when sent, opened, clicked and so on."""
    keys = ["message_id", "crm_customer_id"]
    e = events.assign(message=events.groupby(keys, sort=False).ngroup())
    e["channel"] = e["channel"].astype("str").str.lower()
    t = e.groupby("message").agg(
        crm_customer_id=("crm_customer_id", "first"), channel=("channel", "max"), touched_at=("event_at", "min")
    )
    for kind in ("bounced", "opened", "clicked", "unsubscribed"):
        t[f"{kind}_at"] = e[e["event_type"] == kind].groupby("message")["event_at"].min()
    t["channel"] = t["channel"].fillna("email")
    # Nobody clicks in a message that they have not opened.
    t["opened_at"] = t[["opened_at", "clicked_at"]].min(axis=1)
    t["account_key"] = "crm:" + t["crm_customer_id"]
    return t


def make_links(
    customers: pd.DataFrame,
    orders: pd.DataFrame,
    sessions: pd.DataFrame,
    touches: pd.DataFrame,
    consents: pd.DataFrame,
    responses: pd.DataFrame,
    users: pd.Index,
    devices: pd.Index,
) -> tuple[pd.DataFrame, pd.Index]:
    """Return who shares which identifier since when, and the keys of all accounts, the oldest first.

    In the links, accounts and identifiers are numbers; devices come behind all other accounts.
    """

    def links(frame: pd.DataFrame, account: str, identifier: pd.Series, seen_at: str, is_test=False) -> pd.DataFrame:
        found = pd.DataFrame(
            {"account": frame[account], "identifier": identifier, "seen_at": frame[seen_at], "is_test": is_test}
        )
        return found.dropna(subset=["account", "identifier"])

    visits = sessions[~sessions["is_bot"]].groupby(["user", "device"], as_index=False)["started_at"].min()
    visits["user_key"] = pd.Series("user:" + users).reindex(visits["user"]).to_numpy()
    visits["device_key"] = pd.Series("device:" + devices).reindex(visits["device"]).to_numpy()
    visits["account_key"] = visits["user_key"].fillna(visits["device_key"])
    from_test = {
        name: frame["email"].str.endswith(TEST_EMAIL_DOMAIN, na=False)
        for name, frame in (("orders", orders), ("responses", responses))
    }
    parts = [
        *(
            links(customers, "account_key", f"{prefix}:" + customers[column], "known_at", customers["is_test"])
            for column, prefix in (
                ("crm_customer_id", "crm"),
                ("email", "email"),
                ("phone", "phone"),
                ("user_id", "user"),
            )
        ),
        *(
            links(orders, "account_key", f"{prefix}:" + orders[column], "ordered_at", from_test["orders"])
            for column, prefix in (("crm_customer_id", "crm"), ("email", "email"), ("phone", "phone"))
        ),
        links(orders, "account_key", orders["account_key"], "ordered_at"),
        links(visits, "account_key", visits["account_key"], "started_at"),
        links(visits, "device_key", visits["user_key"], "started_at"),
        links(touches, "account_key", touches["account_key"], "touched_at"),
        links(consents, "account_key", consents["account_key"], "decided_at"),
        *(
            links(responses, "account_key", f"{prefix}:" + responses[column], "answered_at", from_test["responses"])
            for column, prefix in (("crm_customer_id", "crm"), ("email", "email"))
        ),
    ]
    found = pd.concat(parts, ignore_index=True)
    account, keys = pd.factorize(found["account"])
    identifier, names = pd.factorize(found["identifier"])
    found = pd.DataFrame(
        {
            "account": account,
            "identifier": identifier,
            "seen_at": found["seen_at"],
            "test_seen_at": found["seen_at"].where(found["is_test"]),
        }
    )
    found = found.groupby(["account", "identifier"], as_index=False).min()

    accounts = pd.DataFrame({"key": keys, "seen_at": found.groupby("account")["seen_at"].min()})
    accounts["type"] = accounts["key"].str.partition(":")[0]
    accounts["is_device"] = accounts["type"] == "device"
    accounts = accounts.sort_values(["is_device", "seen_at", "key"])
    number = np.empty(len(accounts), dtype="int64")
    number[accounts.index] = np.arange(len(accounts))
    found["account_type"] = accounts["type"].astype("category").sort_index().to_numpy()[found["account"]]
    found["identifier_type"] = pd.Series(names).str.partition(":")[0].to_numpy()[found["identifier"]]
    found["account_type"] = found["account_type"].astype("category")
    found["identifier_type"] = found["identifier_type"].astype("category")
    found["account"] = number[found["account"]]
    return found, pd.Index(accounts["key"])


def resolve(links: pd.DataFrame, n_accounts: int, end: pd.Timestamp) -> tuple[np.ndarray, pd.DataFrame]:
    """Return whose each account is at a moment, and which systems each customer is in.

    A customer's number is that of their oldest account. Accounts that are unknown by then, of test persons or of
    visitors whom nobody knows have -1, and so has the entry behind the last account.
    """
    known = links[links["seen_at"] < end]
    is_device = known["account_type"] == "device"
    identifiers = known.groupby("identifier")
    account_count = identifiers.size()
    largest = known[~is_device].groupby(["identifier", "account_type"], observed=True).size()
    largest = largest.groupby("identifier").max().reindex(account_count.index, fill_value=0)
    limit = identifiers["identifier_type"].first().astype("str").map(MAX_ACCOUNTS).fillna(1)
    linking = account_count.index[(account_count > 1) & (largest <= limit)]
    log_ins = known[is_device & (known["identifier_type"] == "user")].groupby("account").size()
    shared_devices = log_ins.index[log_ins > 1]

    edges = known[known["identifier"].isin(linking) & ~known["account"].isin(shared_devices)]
    size = n_accounts + int(links["identifier"].max()) + 1
    graph = coo_matrix(
        (np.ones(len(edges), dtype="int8"), (edges["account"], edges["identifier"] + n_accounts)), shape=(size, size)
    )
    component = connected_components(graph, directed=False)[1]

    accounts = known.groupby("account").agg(test_seen_at=("test_seen_at", "min"), type=("account_type", "first"))
    accounts["person"] = component[accounts.index]
    accounts["number"] = accounts.index
    accounts["is_test"] = accounts["test_seen_at"] < end
    accounts["is_crm"] = accounts["type"] == "crm"
    accounts["is_device"] = accounts["type"] == "device"
    accounts["is_tracking"] = accounts["is_device"] | (accounts["type"] == "user")
    persons = accounts.groupby("person").agg(
        customer=("number", "min"),
        is_test=("is_test", "max"),
        is_anonymous=("is_device", "min"),
        is_in_crm=("is_crm", "max"),
        is_in_tracking=("is_tracking", "max"),
    )
    customers = persons[~persons["is_test"] & ~persons["is_anonymous"]]
    customer_of_account = np.full(n_accounts + 1, -1, dtype="int64")
    customer_of_account[accounts.index] = customers["customer"].reindex(accounts["person"]).fillna(-1)
    return customer_of_account, customers.set_index("customer")[["is_in_crm", "is_in_tracking"]].sort_index()

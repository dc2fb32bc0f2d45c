"""First part of the baseline: read the Parquet files and clean them, as far as the demo's typed data need it."""

from pathlib import Path

import numpy as np
import pandas as pd

EARLIEST, LATEST = pd.Timestamp("1990-01-01"), pd.Timestamp("2100-01-01")
REPORTING_CURRENCY = "EUR"
DEFAULT_COUNTRY = "fr"
CANCELLED_STATUSES = ("cancelled", "canceled", "void", "voided")
TEST_EMAIL_DOMAIN = "@qa.strate.example"
BOT_AGENTS = ("bot", "crawl", "spider", "slurp", "headless")
EVENT_TYPES = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed")
GENDERS = {"f": "female", "female": "female", "femme": "female", "mme": "female", "frau": "female"}
GENDERS |= {"m": "male", "male": "male", "homme": "male", "mr": "male", "herr": "male"}

# Only what is used is read; columns with few different values, or whose values come again and again, as categories.
COLUMNS = {
    "crm_customers": [
        "crm_customer_id",
        "email",
        "phone",
        "user_id",
        "birth_date",
        "gender",
        "family_status",
        "household_size",
        "annual_income",
        "postal_code",
        "country",
        "is_test",
        "created_at",
        "updated_at",
    ],
    "crm_consents": ["consent_id", "crm_customer_id", "purpose", "channel", "is_granted", "decided_at", "expires_at"],
    "crm_campaign_events": [
        "campaign_event_id",
        "crm_customer_id",
        "campaign_id",
        "message_id",
        "channel",
        "event_type",
        "event_at",
        "received_at",
    ],
    "erp_orders": [
        "order_id",
        "ordered_at",
        "erp_customer_id",
        "crm_customer_id",
        "email",
        "phone",
        "country",
        "status",
        "currency_code",
        "cancelled_at",
        "updated_at",
    ],
    "erp_order_lines": [
        "order_line_id",
        "order_id",
        "product_id",
        "quantity",
        "unit_price",
        "discount_amount",
        "booked_at",
        "updated_at",
    ],
    "erp_products": ["product_id", "category", "updated_at"],
    "tracking_events": [
        "event_id",
        "event_at",
        "event_name",
        "anonymous_id",
        "user_id",
        "platform",
        "device_type",
        "country",
        "user_agent",
        "engaged_seconds",
        "received_at",
    ],
    "survey_responses": [
        "response_id",
        "crm_customer_id",
        "email",
        "dimension",
        "question_id",
        "score",
        "max_score",
        "answer_text",
        "answered_at",
    ],
    "geo_areas": ["area_id", "country", "postal_code", "area_type", "region", "median_income", "updated_at"],
}
CATEGORIES = {
    "crm_campaign_events": ["campaign_id", "channel", "event_type"],
    "erp_orders": ["country", "status", "currency_code"],
    "erp_order_lines": ["product_id"],
    "tracking_events": [
        "event_name",
        "anonymous_id",
        "user_id",
        "platform",
        "device_type",
        "country",
        "user_agent",
    ],
}


def read(inputs: Path, name: str) -> pd.DataFrame:
    """Return the columns in use of one input."""
    return pd.read_parquet(inputs / f"{name}.parquet", columns=COLUMNS[name], read_dictionary=CATEGORIES.get(name, []))


def read_countries(path: Path) -> pd.DataFrame:
    """Return code, dial code and trunk prefix of each country alias, as texts; no prefix is null."""
    countries = pd.read_csv(path, dtype=str, keep_default_na=False).set_index("alias")
    return countries.where(countries != "")


def is_possible(times: pd.Series) -> pd.Series:
    """Tell which timestamps lie in the range that facts can have."""
    return (times >= EARLIEST) & (times < LATEST)


def newest(frame: pd.DataFrame, key: str, by: list[str], **stamps) -> pd.DataFrame:
    """Keep the newest version of each key, by columns or by `stamps`, functions that make such a column.

    Only rows whose key comes twice are sorted and stamped.
    """
    versions = frame[frame[key].duplicated(keep=False)]
    versions = versions.assign(**stamps).sort_values([*stamps, *by], ascending=False)
    superseded = versions.index[versions[key].duplicated()]
    return frame[~frame.index.isin(superseded)] if len(superseded) else frame


def map_category(values: pd.Series, function) -> pd.Series:
    """Return `function` of every value of a category column, computed once per category."""
    found = pd.Series(values.cat.categories).map(function).to_numpy()
    codes = values.cat.codes.to_numpy()
    result = pd.Series(found[codes], index=values.index) if len(found) else pd.Series(None, index=values.index)
    return result.mask(codes < 0)


def clean_emails(emails: pd.Series) -> pd.Series:
    """Return addresses in lower case without blanks, null where they cannot be one."""
    emails = emails.str.lower().str.replace(" ", "").str.replace("mailto:", "")
    part = r"[^@.,;:<>]+"
    return emails.where(emails.str.fullmatch(rf"{part}(\.{part})*@{part}(\.{part})+", na=False))


def clean_phones(phones: pd.Series, aliases: pd.Series, countries: pd.DataFrame) -> pd.Series:
    """Return phone numbers as E.164, read by the country of the row, else by the default country."""
    given = phones.dropna()
    text = given.str.lower().str.replace("tel:", "").str.replace("(0)", "")
    digits = text.str.replace("[^0-9]", "", regex=True)
    is_filler = digits.str.fullmatch("|".join(f"{digit}*" for digit in range(10)))
    is_usable = ~text.str.contains("[a-z]", regex=True) & ~is_filler
    digits = digits.where(~text.str.contains("+", regex=False), "+" + digits)[is_usable]

    alias = aliases.loc[digits.index].where(lambda a: a.isin(countries.index), DEFAULT_COUNTRY)
    result = pd.Series(None, index=phones.index, dtype="str")
    for (dial, trunk), d in digits.groupby(
        [alias.map(countries["dial_code"]), alias.map(countries["trunk_prefix"])], dropna=False
    ):
        full = ("+" + dial + d).mask(d.str.startswith(dial) & (d.str.len() > 10), "+" + d)
        if isinstance(trunk, str):
            full = full.mask(d.str.startswith(trunk), "+" + dial + d.str.slice(len(trunk)))
        full = full.mask(d.str.startswith("00"), "+" + d.str.slice(2)).mask(d.str.startswith("+"), d)
        if trunk == "0":
            full = full.mask(d.str.startswith(f"+{dial}0"), f"+{dial}" + d.str.slice(len(dial) + 2))
        result.loc[full.index] = full.where(full.str.len().between(9, 16))
    return result


def account_keys(*columns: tuple[str, pd.Series]) -> pd.Series:
    """Return the first identifier that is there, with its prefix."""
    keys = None
    for prefix, values in columns:
        prefixed = prefix + values
        keys = prefixed if keys is None else keys.fillna(prefixed)
    return keys


def clean_customers(customers: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Return all usable versions of CRM records, the newest first."""
    c = customers[customers["crm_customer_id"].notna()].reset_index(drop=True)
    for name in ("gender", "family_status", "postal_code", "country"):
        c[name] = c[name].str.strip().replace("", None)
    alias = c["country"].str.lower()
    c["email"] = clean_emails(c["email"])
    c["phone"] = clean_phones(c["phone"], alias, countries)
    c["country_code"] = alias.map(countries["country_code"])
    c["gender"] = c["gender"].str.lower().map(GENDERS)
    c["family_status"] = c["family_status"].str.lower()
    c["postal_code"] = c["postal_code"].str.replace(" ", "").str.upper()
    for name in ("created_at", "updated_at"):
        c[name] = c[name].where(is_possible(c[name]))
    born = pd.to_datetime(c["birth_date"], format="ISO8601", errors="coerce")
    known_by = c["updated_at"].fillna(c["created_at"]).fillna(LATEST).dt.normalize()
    c["birth_date"] = born.where((born > "1900-01-01") & (born < known_by))
    c["household_size"] = c["household_size"].where(c["household_size"].between(1, 30))
    c["annual_income"] = c["annual_income"].where(c["annual_income"].between(0, 1e9))
    c["is_test"] = c["is_test"].fillna(False).astype(bool) | c["email"].str.endswith(TEST_EMAIL_DOMAIN, na=False)
    by_update = c["created_at"].isna() | (c["updated_at"] >= c["created_at"])
    c["known_at"] = c["updated_at"].fillna(EARLIEST).where(by_update, c["created_at"])
    c["account_key"] = "crm:" + c["crm_customer_id"]
    return c.sort_values(["crm_customer_id", "email", "phone", "user_id"]).sort_values(
        "known_at", ascending=False, kind="stable"
    )


def clean_orders(orders: pd.DataFrame, countries: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Return usable orders, one row each, with account, exchange rate and time of cancellation."""
    o = orders[orders["order_id"].notna() & is_possible(orders["ordered_at"])].reset_index(drop=True)
    for name in ("updated_at", "cancelled_at"):
        o[name] = o[name].where(is_possible(o[name]))
    o["currency"] = map_category(o["currency_code"], lambda code: code.strip().upper())
    o["currency"] = o["currency"].where(lambda code: code != "").fillna(REPORTING_CURRENCY)
    rates = rates.sort_values("valid_from").rename(columns={"currency_code": "currency"})
    # merge_asof wants one order of time for all currencies.
    o = pd.merge_asof(o.sort_values("ordered_at"), rates, left_on="ordered_at", right_on="valid_from", by="currency")
    o["rate"] = o["rate"].mask(o["currency"] == REPORTING_CURRENCY, 1.0)
    o = o[o["rate"].notna()]
    o["changed_at"] = o["updated_at"].fillna(o["cancelled_at"]).fillna(o["ordered_at"])
    o = newest(o, "order_id", ["changed_at", "ordered_at"]).reset_index(drop=True)
    is_cancelled = map_category(o["status"], lambda status: status.strip().lower() in CANCELLED_STATUSES).eq(True)
    o["cancelled_at"] = o["cancelled_at"].fillna(o["changed_at"].where(is_cancelled))
    alias = map_category(o["country"], lambda country: country.strip().lower())
    o["country_code"] = alias.map(countries["country_code"])
    o["email"] = clean_emails(o["email"])
    o["phone"] = clean_phones(o["phone"], alias, countries)
    o["account_key"] = account_keys(
        ("erp:", o["erp_customer_id"]), ("crm:", o["crm_customer_id"]), ("email:", o["email"]), ("phone:", o["phone"])
    )
    return o


def clean_lines(lines: pd.DataFrame, orders: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Return usable order lines, one row each, with amounts in the reporting currency, by number of their order."""
    order = pd.Index(orders["order_id"]).get_indexer(lines["order_id"])
    is_usable = (order >= 0) & lines["order_line_id"].notna() & (lines["unit_price"] >= 0)
    is_usable &= lines["quantity"].notna() & (lines["quantity"] != 0)
    n = lines[is_usable].assign(order=order[is_usable])
    ordered_at = orders["ordered_at"].to_numpy()[n["order"]]
    n["booked_at"] = n["booked_at"].where(n["booked_at"] > ordered_at, ordered_at)
    amount = n["quantity"].abs() * n["unit_price"]
    discount = n["discount_amount"].fillna(0)
    n = n[(n["booked_at"] < LATEST) & (amount < 1e12) & (discount.abs() < 1e12)]
    n = newest(
        n,
        "order_line_id",
        ["booked_at"],
        changed_at=lambda n: n["updated_at"].where(is_possible(n["updated_at"])).fillna(n["booked_at"]),
    )

    rate = orders["rate"].to_numpy()[n["order"]]
    discount = n["discount_amount"].fillna(0).abs()
    amount = n["quantity"].abs() * n["unit_price"]
    is_sale = n["quantity"] > 0
    category = products.set_index("product_id")["category"]
    result = pd.DataFrame(
        {
            "order": n["order"],
            "booked_at": n["booked_at"],
            "category": map_category(n["product_id"], category.to_dict().get).fillna("unknown").astype("category"),
            "quantity": n["quantity"].clip(lower=0),
            "gross": money(amount * rate).where(is_sale, 0.0),
            "discount": money(discount * rate).where(is_sale, 0.0),
            "returned": money((amount - discount) * rate).where(~is_sale, 0.0),
        }
    )
    return result.reset_index(drop=True)


def money(amounts: pd.Series) -> pd.Series:
    """Return amounts at four decimals, a half away from zero as ledgers round."""
    return np.sign(amounts) * np.floor(amounts.abs() * 1e4 + 0.5) / 1e4


def clean_products(products: pd.DataFrame) -> pd.DataFrame:
    """Return usable products, one row each."""
    p = products.dropna(subset=["product_id", "category"]).sort_values("updated_at", ascending=False)
    return p.drop_duplicates("product_id").assign(category=lambda p: p["category"].str.lower())


def is_clock_right(frame: pd.DataFrame) -> pd.Series:
    """Tell which events are not dated more than a day after their receipt."""
    event_day, receipt_day = frame["event_at"].dt.normalize(), frame["received_at"].dt.normalize()
    is_ahead = (event_day > receipt_day + pd.Timedelta(days=1)) & is_possible(frame["received_at"])
    return is_possible(frame["event_at"]) & ~is_ahead


def arrival(frame: pd.DataFrame) -> pd.Series:
    """Return when events became known: their receipt where it is plausible, else when they happened."""
    is_later = frame["received_at"] > frame["event_at"]
    is_soon = frame["received_at"].dt.normalize() < frame["event_at"].dt.normalize() + pd.Timedelta(days=366)
    return frame["received_at"].where(is_later & is_soon, frame["event_at"])


def clean_events(events: pd.DataFrame) -> pd.DataFrame:
    """Return usable tracking events, one row each."""
    is_usable = events["event_id"].notna() & events["event_name"].notna() & is_clock_right(events)
    is_usable &= events["anonymous_id"].notna() | events["user_id"].notna()
    events = events[is_usable]
    is_bot = map_category(events["user_agent"], lambda agent: any(part in agent.lower() for part in BOT_AGENTS))
    events = events.drop(columns="user_agent").assign(
        is_bot=is_bot.eq(True),
        engaged_seconds=events["engaged_seconds"].where(events["engaged_seconds"].between(0, 86_400)),
    )
    return newest(events, "event_id", ["event_at"], changed_at=arrival).drop(columns=["event_id", "received_at"])


def clean_campaign_events(events: pd.DataFrame) -> pd.DataFrame:
    """Return usable campaign events, one row each."""
    is_usable = events[["campaign_event_id", "crm_customer_id", "campaign_id"]].notna().all(axis=1)
    e = events[is_usable & events["event_type"].isin(EVENT_TYPES) & is_clock_right(events)]
    e["message_id"] = e["message_id"].fillna(e["campaign_id"].astype("str") + "/" + e["crm_customer_id"])
    return newest(e, "campaign_event_id", ["event_at"], changed_at=arrival)


def clean_consents(consents: pd.DataFrame) -> pd.DataFrame:
    """Return usable decisions, the newest first, and a refusal before a grant of the same moment."""
    c = consents[is_possible(consents["decided_at"])].dropna(
        subset=["consent_id", "crm_customer_id", "purpose", "is_granted"]
    )
    c["is_marketing"] = c["purpose"].str.lower() == "marketing"
    c["is_profiling"] = c["purpose"].str.lower() == "profiling"
    c["channel"] = c["channel"].str.lower().fillna("all")
    c["account_key"] = "crm:" + c["crm_customer_id"]
    return c.sort_values(["is_granted", "expires_at", "consent_id"]).sort_values(
        "decided_at", ascending=False, kind="stable"
    )


def clean_responses(responses: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Return usable answers, one row each: scores from 0 to 1, by the dimension of their item, reversed ones turned."""
    r = responses[is_possible(responses["answered_at"])].dropna(subset=["response_id", "dimension"])
    r["email"] = clean_emails(r["email"])
    r["max_score"] = r["max_score"].fillna(5)
    is_usable = r["crm_customer_id"].notna() | r["email"].notna()
    is_usable &= r["score"].between(1, r["max_score"]) | (r["score"].isna() & r["answer_text"].notna())
    r = newest(r[is_usable], "response_id", ["answered_at", "score"])
    items = items.set_index("question_id")
    r["item_count"] = r["question_id"].map(items.groupby("dimension")["dimension"].transform("size"))
    r["dimension"] = r["question_id"].map(items["dimension"]).fillna(r["dimension"].str.lower())
    r["scaled"] = (r["score"] - 1) / (r["max_score"] - 1).where(r["max_score"] > 1)
    is_reversed = r["question_id"].map(items["is_reversed"]).fillna(False).astype(bool)
    r["scaled"] = r["scaled"].where(~is_reversed, 1 - r["scaled"])
    r["account_key"] = account_keys(("crm:", r["crm_customer_id"]), ("email:", r["email"]))
    return r


def clean_areas(areas: pd.DataFrame, countries: pd.DataFrame) -> pd.DataFrame:
    """Return one area per country and postal code."""
    a = areas.dropna(subset=["area_id", "postal_code"])
    a["country_code"] = a["country"].str.lower().map(countries["country_code"])
    a["postal_code"] = a["postal_code"].str.replace(" ", "").str.upper()
    a = a.dropna(subset=["country_code"]).sort_values("area_id")
    a = a.sort_values("updated_at", ascending=False, kind="stable")
    return a.drop_duplicates(["country_code", "postal_code"])

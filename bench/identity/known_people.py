"""People of whom it is known who is who."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

KNOWN: dict[str, tuple[Callable[[pd.DataFrame], pd.Series], dict[str, str]]] = {
    "febrl_dataset3": (
        lambda data: data["rec_id"].str.split("-").str[1],
        {
            "given_name": "first_name",
            "surname": "last_name",
            "street_number": "code",
            "address_1": "text",
            "address_2": "text",
            "suburb": "text",
            "postcode": "code",
            "state": "category",
            "date_of_birth": "date",
            "soc_sec_id": "identifier",
        },
    ),
    "splink_fake_1000": (
        lambda data: data["cluster"],
        {"first_name": "first_name", "surname": "last_name", "dob": "date", "city": "text", "email": "email"},
    ),
}
"""Each set by its file's name: who a record is, and the kind of each field."""


def known_people(folder: Path, name: str) -> tuple[pd.DataFrame, pd.Series, dict[str, Any]]:
    """Return the records of a set, keyed, who each of them is, and the arguments for `match_accounts`."""
    who, fields = KNOWN[name]
    records = pd.read_parquet(folder / f"{name}.parquet")
    records["account_key"] = [f"r{number:07d}" for number in range(len(records))]
    dates = [column for column, kind in fields.items() if kind == "date"]
    return records, who(records), {"fields": fields, "conflict_fields": dates}

"""The persons of a chunk: who they are, which systems know them and by which keys."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from strate.demo import arrow
from strate.demo.personas import COUNTRIES, PERSONAS, TEST_ACCOUNT, VISITOR
from strate.demo.reference import AREA_ROWS, AREAS, FEMALE, LAST, MAIL_DOMAINS, MALE
from strate.demo.schema import TRUTH

CHUNK = 25_000
SLOTS = 30_000  # numbers kept for a chunk's persons, with those that come on top


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


_FIRST = FEMALE + MALE
_FIRST_ASCII = [_ascii(name) for name in _FIRST]
_LAST_ASCII = [_ascii(name) for name in LAST]
_MEANS = {
    name: np.array([getattr(p, name) for p in PERSONAS])
    for name in ("age", "income", "household", "account_share", "mobile_share")
}
_CODES = ("33", "49", "44", "1", "41", "32")


@dataclass(frozen=True)
class People:
    """Persons of one chunk, one array element each.

    Attributes
    ----------
    first_number : int
        Number of the first person of the chunk.
    persona, country, area : ndarray of int of shape (n,)
        Indexes into `PERSONAS`, `COUNTRIES` and the areas.
    in_crm, in_erp, has_account, is_bad_email : ndarray of bool of shape (n,)
        Whether the CRM, the ERP and the web shop know the person, and whether the CRM's e-mail is unusable.
    crm_ids, erp_ids, user_ids, emails, phones, person_ids : pyarrow.Array
        Keys; meaningful where the system knows the person.
    second_crm : ndarray of int
        Persons that the CRM holds twice; `second_crm_ids` are their other keys.
    """

    first_number: int
    persona: np.ndarray
    country: np.ndarray
    area: np.ndarray
    is_female: np.ndarray
    first_name: np.ndarray
    last_name: np.ndarray
    birth_day: np.ndarray
    income: np.ndarray
    household: np.ndarray
    in_crm: np.ndarray
    in_erp: np.ndarray
    has_account: np.ndarray
    is_bad_email: np.ndarray
    person_ids: pa.Array
    crm_ids: pa.Array
    erp_ids: pa.Array
    user_ids: pa.Array
    emails: pa.Array
    phones: pa.Array
    second_crm: np.ndarray
    second_crm_ids: pa.Array

    def __len__(self) -> int:
        """Return the number of persons."""
        return len(self.persona)


def national_digits(country: int, number: int) -> str:
    """Make the national digits, without the leading zero, of a mobile number that is valid in a country.

    Parameters
    ----------
    country : int
        Index into `COUNTRIES`.
    number : int
        Number of the person; persons with different numbers get different phones.

    Returns
    -------
    str
        Digits to put behind the country code.
    """
    mixed = number * 7_919_017 + 1_234_577
    match COUNTRIES[country]:
        case "FR":
            return f"6{mixed % 10**8:08d}"
        case "DE":
            return f"151{mixed % 10**8:08d}"
        case "GB":
            return f"74{mixed % 10**8:08d}"
        case "US":
            areas = (212, 312, 415, 617, 206, 303, 512, 404, 305, 702)
            return f"{areas[mixed % 10]}{555 + number // 10**5}{mixed // 10 % 10**4:04d}"
        case "CH":
            return f"79{mixed % 10**7:07d}"
        case _:
            return f"47{mixed % 10**7:07d}"


def format_phone(country: int, digits: str, style: int) -> str:
    """Write a phone number as people do.

    Parameters
    ----------
    country : int
        Index into `COUNTRIES`.
    digits : str
        National digits without the leading zero.
    style : int
        0 international, 1 national, 2 with dots, 3 with 00, 4 with spaces and brackets.

    Returns
    -------
    str
        The number as text.
    """
    code = _CODES[country]
    trunk = "" if code == "1" else "0"
    match style:
        case 0:
            return f"+{code}{digits}"
        case 1:
            return f"{trunk}{digits}"
        case 2:
            whole = trunk + digits
            return ".".join(whole[i : i + 2] for i in range(0, len(whole), 2))
        case 3:
            return f"00{code}{digits}" if trunk else f"1-{digits[:3]}-{digits[3:]}"
        case _:
            return f"+{code} ({trunk}){digits[:3]} {digits[3:]}" if trunk else f"({digits[:3]}) {digits[3:]}"


def make_people(rng: np.random.Generator, n: int, chunk: int) -> People:
    """Make the persons of a chunk.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    n : int
        Customers; test accounts and anonymous visitors come on top.
    chunk : int
        Number of the chunk.

    Returns
    -------
    People
        Shuffled persons.
    """
    shares = np.cumsum([p.share for p in PERSONAS[:VISITOR]])
    planted = np.searchsorted(shares / shares[-1], (np.arange(n) + 0.5) / n, side="right")
    n_test, n_visitor = max(2, n // 250), max(2, n // 16)
    persona = np.concatenate([planted, np.full(n_test, TEST_ACCOUNT), np.full(n_visitor, VISITOR)])
    persona = rng.permutation(persona)
    total = len(persona)

    country = np.zeros(total, dtype=np.int64)
    kind = np.zeros(total, dtype=np.int64)
    draw = rng.random((2, total))
    for index, p in enumerate(PERSONAS):
        rows = persona == index
        country[rows] = np.searchsorted(np.cumsum(p.countries) / sum(p.countries), draw[0, rows])
        kind[rows] = np.searchsorted(np.cumsum(p.areas) / sum(p.areas), draw[1, rows])
    area = np.zeros(total, dtype=np.int64)
    share = rng.random(total)
    for (c, t), choices in AREA_ROWS.items():
        rows = (country == c) & (kind == t)
        area[rows] = choices[(share[rows] * len(choices)).astype(int)]

    is_female = rng.random(total) < 0.54
    first = np.where(is_female, rng.integers(0, len(FEMALE), total), len(FEMALE) + rng.integers(0, len(MALE), total))
    last = rng.integers(0, len(LAST), total)
    age = np.clip(rng.normal(_MEANS["age"][persona], 7), 18, 92)
    birth_day = (20_453 - age * 365.25).astype(np.int64)  # 20,453 is 2025-12-31
    income_scale = np.array([AREAS[a][5] for a in area]) / 27_000
    income = _MEANS["income"][persona] * income_scale**0.5 * rng.lognormal(0, 0.18, total)
    household = np.clip(np.round(rng.normal(_MEANS["household"][persona], 0.7)), 1, 7).astype(np.int64)

    buys = np.array([p.orders[1] > 0 for p in PERSONAS])[persona] & (persona != TEST_ACCOUNT)
    browses = np.array([p.orders[1] == 0 and p.sessions > 0 for p in PERSONAS])[persona] & (persona != VISITOR)
    roll = rng.random(total)
    erp_only, guest = buys & (roll < 0.02), buys & (roll >= 0.02) & (roll < 0.035)
    tracking_only = browses & (roll < 0.04)
    in_crm = ~(erp_only | guest | tracking_only | (persona == VISITOR))
    in_erp = erp_only | (in_crm & (buys | (persona == TEST_ACCOUNT)) & (rng.random(total) < 0.9))
    has_account = (rng.random(total) < _MEANS["account_share"][persona]) & ~erp_only & ~guest | tracking_only
    is_bad_email = in_crm & (rng.random(total) < 0.015) & (persona != TEST_ACCOUNT)

    second = np.flatnonzero(in_crm & (rng.random(total) < 0.022) & (persona != TEST_ACCOUNT) & ~is_bad_email)
    base = chunk * SLOTS + 1
    numbers = base + np.arange(total)
    crm = base + rng.permutation(total + len(second))
    erp = base + rng.permutation(total)
    user = base + rng.permutation(total)

    is_staff = (persona == TEST_ACCOUNT) & (np.arange(total) % 2 == 0)
    domain = rng.integers(0, len(MAIL_DOMAINS), total)
    emails = [
        f"{_FIRST_ASCII[f]}.{_LAST_ASCII[s]}{k}@{'qa.strate.example' if q else MAIL_DOMAINS[d]}"
        for f, s, k, d, q in zip(first, last, numbers, domain, is_staff, strict=True)
    ]
    phones = [national_digits(c, k) for c, k in zip(country.tolist(), numbers.tolist(), strict=True)]
    return People(
        first_number=base,
        persona=persona,
        country=country,
        area=area,
        is_female=is_female,
        first_name=np.array(_FIRST, dtype=object)[first],
        last_name=np.array(LAST, dtype=object)[last],
        birth_day=birth_day,
        income=income,
        household=household,
        in_crm=in_crm,
        in_erp=in_erp,
        has_account=has_account,
        is_bad_email=is_bad_email,
        person_ids=arrow.keys("person_", numbers, 7),
        crm_ids=arrow.keys("C", crm[:total], 6),
        erp_ids=arrow.keys("E", erp, 6),
        user_ids=arrow.keys("u_", user, 6),
        emails=pa.array(emails),
        phones=pa.array(phones),
        second_crm=second,
        second_crm_ids=arrow.keys("C", crm[total:], 6),
    )


def truth_table(
    people: People, anonymous: tuple[np.ndarray, pa.Array], guests: tuple[np.ndarray, pa.Array]
) -> pa.Table:
    """List every key of every person, one row a key.

    Parameters
    ----------
    people : People
        Persons of the chunk.
    anonymous, guests : tuple of (ndarray of int, pyarrow.Array)
        Person index and key of each device, and of each order.

    Returns
    -------
    pyarrow.Table
        Rows in the shape of `TRUTH`.
    """
    parts: list[tuple[str, np.ndarray, pa.Array]] = []
    everyone = np.arange(len(people))
    known = people.in_crm | people.in_erp | (np.array([p.orders[1] > 0 for p in PERSONAS])[people.persona])
    for key_type, ids, rows in (
        ("crm_customer_id", people.crm_ids, everyone[people.in_crm]),
        ("erp_customer_id", people.erp_ids, everyone[people.in_erp]),
        ("user_id", people.user_ids, everyone[people.has_account]),
        ("email", people.emails, everyone[known]),
    ):
        parts.append((key_type, rows, ids.take(pa.array(rows))))
    parts.append(("crm_customer_id", people.second_crm, people.second_crm_ids))
    parts.append(("anonymous_id", *anonymous))
    parts.append(("order_id", *guests))
    rows = np.concatenate([p[1] for p in parts])
    names = [p.name for p in PERSONAS]
    variants = [p.variant for p in PERSONAS]
    return arrow.table(
        TRUTH,
        {
            "person_id": arrow.pick(people.person_ids, rows),
            "persona": arrow.pick(names, people.persona[rows]),
            "variant": arrow.pick(variants, people.persona[rows]),
            "key_type": pa.concat_arrays([pa.array([p[0]] * len(p[1]), type=pa.string()) for p in parts]),
            "key": pa.concat_arrays([p[2] for p in parts]),
        },
    )

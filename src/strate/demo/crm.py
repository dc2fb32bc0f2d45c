"""The CRM's customers of the demo: one row a person, with the spellings and doubles of real extracts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from strate.demo import arrow
from strate.demo.people import People, format_phone
from strate.demo.personas import COUNTRIES, SLEEPING, TEST_ACCOUNT
from strate.demo.reference import AREAS, COUNTRY_SPELLINGS
from strate.demo.rhythm import DAY, END, HOUR, SECOND, START
from strate.demo.schema import TABLES

_SPELLINGS = [s for country in COUNTRIES for s in COUNTRY_SPELLINGS[country]]
_FEMALE = ("F", "F", "F", "F", "f", "female", "Mme", "Female", "femme", "")
_MALE = ("M", "M", "M", "M", "m", "male", "homme", "Male", "Mr", "")
_BAD_EMAILS = ("nobody", "a@@b.example", "n/a", "jean.dupont@", None)
_BAD_BIRTH_DATES = ("1900-01-01", "0001-01-01", "9999-12-31", "2024-02-30", "2031-05-05")
_PLACEHOLDER_PHONES = ("0000000000", "0123456789")
_FAMILY_ALONE = ("single", "single", "divorced", "widowed", None)
_FAMILY_MORE = ("married", "couple", "married", "family", None)
_EARLIEST = START - 730 * DAY
_MAILBOX_SIZE = 12


def draw_creation(rng: np.random.Generator, people: People, first_activity: np.ndarray) -> np.ndarray:
    """Draw when the CRM first knew each person, before anything the person did.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    people : People
        Persons of the chunk.
    first_activity : ndarray of int of shape (n_people,)
        First order or session in microseconds since 1970; the end of the data for those without any.

    Returns
    -------
    ndarray of int of shape (n_people,)
        Microseconds since 1970, from 2021 on.
    """
    n = len(people)
    is_idle = first_activity >= END
    before = first_activity - (rng.exponential(120, n) * DAY).astype(np.int64) // SECOND * SECOND - HOUR
    anytime = _EARLIEST + rng.integers(0, (END - _EARLIEST) // SECOND - 7_200, n) * SECOND
    created = np.where(is_idle, anytime, np.maximum(before, _EARLIEST + rng.integers(0, 86_400, n) * SECOND))
    newest = np.flatnonzero(people.persona == SLEEPING)[:4]
    created[newest] = END - DAY + rng.integers(6, 22, len(newest)) * HOUR
    return created


def make_customers(rng: np.random.Generator, people: People, created_at: np.ndarray, dirt: Counter) -> pa.Table:
    """Make the rows of the CRM, with older versions and second records of some persons.

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
        Rows of `crm_customers`.
    """
    known = np.flatnonzero(people.in_crm)
    n = len(known)
    country = people.country[known]
    roll = rng.random((10, n))
    digit = rng.integers(0, 10, (3, n))

    emails = _write_emails(people, known, roll[0], digit[0], dirt)
    digits = people.phones.take(pa.array(known)).to_pylist()
    phones: list[str | None] = [
        format_phone(c, d, s % 5) for c, d, s in zip(country.tolist(), digits, digit[1].tolist(), strict=True)
    ]
    no_phone = np.flatnonzero((roll[1] < 0.18) & ~people.is_bad_email[known])
    placeholder = np.flatnonzero((roll[1] > 0.988) & (roll[1] < 0.999))
    for row in no_phone.tolist():
        phones[row] = None
    for row in placeholder.tolist():
        phones[row] = _PLACEHOLDER_PHONES[row % 2]
    dirt["crm_customers: placeholder phone"] += len(placeholder)

    days = people.birth_day[known].astype("datetime64[D]").astype(str).tolist()
    bad_birth = np.flatnonzero(roll[2] < 0.012)
    for row in bad_birth.tolist():
        days[row] = _BAD_BIRTH_DATES[row % len(_BAD_BIRTH_DATES)]
    for row in np.flatnonzero(roll[2] > 0.96).tolist():
        days[row] = None
    dirt["crm_customers: impossible birth date"] += len(bad_birth)

    is_female = people.is_female[known]
    gender_row = np.where(roll[3] < 0.75, 0, digit[2])
    genders = arrow.pick(_FEMALE + _MALE, np.where(is_female, 0, 10) + gender_row, roll[3] < 0.97)
    dirt["crm_customers: gender spelled otherwise"] += int((gender_row > 3).sum())
    household = people.household[known]
    alone = household == 1
    family = arrow.pick(_FAMILY_ALONE + _FAMILY_MORE, np.where(alone, 0, 5) + digit[1] % 5, roll[4] < 0.96)
    spelling = np.where(roll[5] < 0.12, 1 + digit[0] % 5, 0)
    dirt["crm_customers: country spelled otherwise"] += int((spelling > 0).sum())

    is_staff = people.persona[known] == TEST_ACCOUNT
    is_flagged = is_staff & (known % 2 == 1)
    dirt["crm_customers: test account"] += int(is_staff.sum())
    created = created_at[known]
    changed = roll[6] < 0.10
    later = created + ((END - SECOND - created) * roll[7]).astype(np.int64) // SECOND * SECOND
    updated = np.where(changed, later, created + np.where(roll[6] > 0.8, 2 * HOUR, 0))
    updated = np.minimum(updated, END - SECOND)
    postal = [a[1] for a in AREAS]
    cities = [a[4] for a in AREAS]
    area = people.area[known]
    columns = {
        "crm_customer_id": people.crm_ids.take(pa.array(known)),
        "email": pa.array(emails, type=pa.string()),
        "phone": pa.array(phones, type=pa.string()),
        "user_id": arrow.pick(people.user_ids, known, people.has_account[known]),
        "first_name": pa.array(people.first_name[known], type=pa.string()),
        "last_name": pa.array(people.last_name[known], type=pa.string()),
        "birth_date": pa.array(days, type=pa.string()),
        "gender": genders,
        "family_status": family,
        "household_size": pa.array(household, mask=roll[4] > 0.95),
        "annual_income": pa.array(np.round(people.income[known], -2), mask=roll[8] < 0.12),
        "postal_code": arrow.pick(postal, area, roll[9] < 0.98),
        "city": arrow.pick(cities, area),
        "country": arrow.pick(_SPELLINGS, country * 6 + spelling, roll[9] > 0.01),
        "is_test": pa.array(is_flagged, mask=(roll[9] > 0.5) & ~is_flagged),
        "created_at": arrow.moments(created),
        "updated_at": arrow.moments(updated),
    }
    current = arrow.table(TABLES["crm_customers"], columns)

    old = np.flatnonzero(changed & (roll[7] > 0.4) & (updated > created))
    dirt["crm_customers: older version"] += len(old)
    versions = current.take(pa.array(old))
    elsewhere = (area[old] + 3) % len(AREAS)
    elsewhere = np.where(
        people.country[known][old] == [COUNTRIES.index(AREAS[a][0]) for a in elsewhere], elsewhere, area[old]
    )
    versions = _replace(
        versions,
        postal_code=arrow.pick(postal, elsewhere),
        city=arrow.pick(cities, elsewhere),
        annual_income=pa.array(np.round(people.income[known][old] * 0.88, -2)),
        family_status=pa.array(["single"] * len(old), type=pa.string()),
        updated_at=arrow.moments(created[old]),
    )
    return pa.concat_tables([current, versions, _second_records(rng, people, current, known, created_at, dirt)])


def _replace(table: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _write_emails(
    people: People, known: np.ndarray, roll: np.ndarray, digit: np.ndarray, dirt: Counter
) -> list[str | None]:
    emails: list[str | None] = people.emails.take(pa.array(known)).to_pylist()
    odd = np.flatnonzero(roll < 0.06)
    for row in odd.tolist():
        email = str(emails[row])
        emails[row] = (email.upper(), f" {email}", f"{email} ", email.title())[digit[row] % 4]
    bad = np.flatnonzero(people.is_bad_email[known])
    for row in bad.tolist():
        emails[row] = _BAD_EMAILS[row % len(_BAD_EMAILS)]
    shared = np.flatnonzero(people.persona[known] == SLEEPING)[8 : 8 + _MAILBOX_SIZE]
    for row in shared.tolist():
        emails[row] = f"info@boutique{people.first_number}.example"
    dirt["crm_customers: e-mail in other case or spacing"] += len(odd)
    dirt["crm_customers: bad e-mail"] += len(bad)
    dirt["crm_customers: shared mailbox"] += len(shared)
    return emails


def _second_records(
    rng: np.random.Generator,
    people: People,
    current: pa.Table,
    known: np.ndarray,
    created_at: np.ndarray,
    dirt: Counter,
) -> pa.Table:
    """Write some persons again, under another key, with the same e-mail or phone written otherwise."""
    second = people.second_crm
    rows = current.take(pa.array(np.searchsorted(known, second)))
    emails = people.emails.take(pa.array(second)).to_pylist()
    digits = people.phones.take(pa.array(second)).to_pylist()
    by_email = rng.random(len(second)) < 0.6
    new_emails = [
        (f" {e.upper()} " if k % 2 else e.title()) if b else None
        for k, (e, b) in enumerate(zip(emails, by_email, strict=True))
    ]
    new_phones = [
        None if b and k % 3 else format_phone(c, d, (k + 2) % 5)
        for k, (c, d, b) in enumerate(zip(people.country[second].tolist(), digits, by_email, strict=True))
    ]
    later = np.minimum(created_at[second] + rng.integers(20, 500, len(second)) * DAY, END - HOUR)
    dirt["crm_customers: same person under a second key"] += len(second)
    return _replace(
        rows,
        crm_customer_id=people.second_crm_ids,
        email=pa.array(new_emails, type=pa.string()),
        phone=pa.array(new_phones, type=pa.string()),
        user_id=pa.nulls(len(second), pa.string()),
        annual_income=pa.nulls(len(second), pa.float64()),
        created_at=arrow.moments(later),
        updated_at=arrow.moments(later),
    )

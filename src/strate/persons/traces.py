"""Values that give a person away wherever they stand, and the pattern that finds them in a text."""

import html
import json
import re

from strate.persons.person import Person

ERASED = "[erased]"
"""What stands in a text where a value of the person was."""

_MIN_ID_LENGTH = 7


def distinctive(person: Person) -> tuple[set[str], set[str]]:
    """Return the values of a person that can hardly be anything else, and ids of which that is likely.

    The first are e-mail addresses, phone numbers with their +, account keys with their prefix and customer ids. The
    second are bare ids and log-ins of 7 characters or more with both letters and digits. Names, places, dates, and ids
    of digits only are neither: others have the same.
    """
    keys = person.keys
    certain = keys["email"] | keys["phone"] | keys["customer"] | keys["account"]
    certain |= {f"{kind}:{value}" for kind in ("crm", "erp", "user", "device") for value in keys[kind]}
    bare = {
        value
        for kind in ("crm", "erp", "user", "device")
        for value in keys[kind]
        if len(value) >= _MIN_ID_LENGTH and re.search("[0-9]", value) and re.search("[A-Za-z]", value)
    }
    return certain, bare


class Traces:
    """Finds whole values of a person in texts and files, and no parts of longer ones.

    An address is not found inside a longer one; a full stop may follow it as the end of a sentence.

    Parameters
    ----------
    values : set of str
        What to find; control characters are in no identifier, and such values are left out.
    """

    def __init__(self, values: set[str]) -> None:
        values = {value for value in values if value.isprintable()}
        # DuckDB's engine knows no look-around, so there the neighbours are part of what is found.
        self.sql = _either(values, r"(?:^|[^\w.+%-])", r"(?:$|[^\w@.-]|[.](?:$|\W))", r"(?:^|\W)", r"(?:$|\W)")
        self._text = _with_looks(values)
        written = {json.dumps(value)[1:-1] for value in values} | {html.escape(value) for value in values}
        self._bytes = re.compile(_with_looks(values | written).pattern.encode())

    def are_in(self, content: bytes) -> bool:
        """Say whether a file's content has one of them, plain or as JSON and HTML write it."""
        return self._bytes.search(content) is not None

    def redacted(self, text: str) -> str:
        """Return a text with ERASED in their place."""
        return self._text.sub(ERASED, text)

    def redacted_bytes(self, content: bytes) -> bytes:
        """Return a file's content with ERASED in their place."""
        return self._bytes.sub(ERASED.encode(), content)


def _with_looks(values: set[str]) -> re.Pattern[str]:
    return re.compile(_either(values, r"(?<![\w.+%-])", r"(?![\w@-]|[.]\w)", r"(?<!\w)", r"(?!\w)"), re.ASCII)


def _either(values: set[str], before_mail: str, after_mail: str, before: str, after: str) -> str:
    mails = "|".join(_escaped(value) for value in sorted(values) if "@" in value)
    others = "|".join(_escaped(value) for value in sorted(values) if "@" not in value)
    parts = [f"{before_mail}(?i:{mails}){after_mail}"] if mails else []
    parts += [f"{before}(?:{others}){after}"] if others else []
    return "|".join(parts) or r"[^\s\S]"


def _escaped(value: str) -> str:
    return re.escape(value).replace("\\ ", " ")

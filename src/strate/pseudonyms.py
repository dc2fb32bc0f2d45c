"""The key of pseudonyms: from the environment to variables of a DuckDB session, never into SQL text or a file."""

import hashlib
import hmac
import os
from typing import Any

VARIABLE = "STRATE_PSEUDONYM_KEY"
"""The environment variable that holds the key."""

_BLOCK = 64  # bytes that SHA-256 takes at a time


def key_pads(key: str) -> tuple[bytes, bytes]:
    """Return the inner and the outer pad of HMAC-SHA-256 for a key, 64 bytes each.

    Raises
    ------
    ValueError
        If the key has fewer than 32 characters: a short one can be guessed, with all accounts at hand.
    """
    if len(key) < 32:
        raise ValueError(f"{VARIABLE} has {len(key)} characters: give it at least 32, as `openssl rand -hex 32` does.")
    secret = key.encode()
    padded = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def set_session_key(cursor: Any) -> None:
    """Give a DuckDB session the pads of the key in the environment; without a key, leave it without."""
    if key := os.environ.get(VARIABLE):
        set_pads(cursor, "strate", key)


def set_pads(cursor: Any, owner: str, key: str) -> None:
    """Set the variables `<owner>_inner_pad` and `<owner>_outer_pad` of a DuckDB session to the pads of a key."""
    for name, pad in zip(("inner", "outer"), key_pads(key), strict=True):
        cursor.execute(f"set variable {owner}_{name}_pad = ?", [pad])


def has_key() -> bool:
    """Say whether the environment has a key."""
    return bool(os.environ.get(VARIABLE))


def pseudonym(text: str) -> str:
    """Return the pseudonym of a text, 32 hexadecimal digits, as the macro `pseudonym` makes it.

    It is the first half of the HMAC-SHA-256 under the key in the environment, or the MD5 where there is no key.

    Raises
    ------
    ValueError
        If the key is too short.
    """
    key = os.environ.get(VARIABLE)
    if not key:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    key_pads(key)  # judges the key
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()[:32]

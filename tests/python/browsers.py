"""Debian's Chromium, for tests of what people see."""

import os
import shutil

import pytest

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_or_skip(subject: str) -> str:
    """Return the place of Chromium; where there is none, skip, or fail if STRATE_REQUIRE_BROWSER says so."""
    chromium = shutil.which("chromium")
    if chromium is None:
        message = f"There is no chromium to look at {subject} with: apt-get install chromium."
        if os.environ.get("STRATE_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return chromium

"""Debian's Chromium, for tests of what people see."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def launched(subject: str) -> Iterator[Any]:
    """Start Chromium to look at something; where there is none, skip, or fail if STRATE_REQUIRE_BROWSER says so."""
    chromium = shutil.which("chromium")
    if chromium is None:
        message = f"There is no chromium to look at {subject} with: apt-get install chromium."
        if os.environ.get("STRATE_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield running
        running.close()

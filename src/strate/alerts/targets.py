"""Where alerts go: Apprise's addresses, which hold secrets."""

import hashlib
import logging
import re
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

VARIABLE = "STRATE_ALERT_URLS"
# Schemes whose address begins with a server, with an s or without. Elsewhere a token stands there, as in slack://.
_WITH_HOST = {name + end for name in ("http", "json", "xml", "form", "mailto", "workflow") for end in ("", "s")}
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Target:
    """One address.

    Attributes
    ----------
    url : str
        The address, with its secrets; never shown.
    name : str
        Scheme, host where it is no secret, and a short hash that tells two alike apart.
    """

    url: str
    name: str

    def __repr__(self) -> str:
        """Show the name alone."""
        return f"Target({self.name})"

    def send(self, title: str, body: str) -> str | None:
        """Send a message, and return why it could not be, without secrets; None if it was sent."""
        apprise = _apprise()
        reasons = _Reasons()
        logger = logging.getLogger("apprise")
        with _LOCK:
            before = logger.propagate, logger.level
            # Apprise tells of failures by logging, and would write addresses to the terminal.
            logger.propagate = False
            logger.setLevel(logging.WARNING)
            logger.addHandler(reasons)
            try:
                sender = apprise.Apprise()
                sender.add(self.url)
                is_sent = sender.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
            except Exception as error:  # a plugin's fault is that target's alone
                reasons.lines.append(f"{type(error).__name__}: {error}")
                is_sent = False
            finally:
                logger.removeHandler(reasons)
                logger.propagate, level = before
                logger.setLevel(level)
        if is_sent:
            return None
        return self.without_secrets("; ".join(dict.fromkeys(reasons.lines)) or "the service did not take it")

    def without_secrets(self, text: str) -> str:
        """Return a text in which no part of the address stands but its scheme and host."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        pieces = re.split(r"[/?&=:@#,;\s]+", self.url.split("://", 1)[-1])
        for piece in sorted({*pieces, *map(unquote, pieces)}, key=len, reverse=True):
            if len(piece) >= 3 and not (parts.scheme.lower() in _WITH_HOST and piece.lower() == host):
                text = re.sub(re.escape(piece), "***", text, flags=re.IGNORECASE)
        return text[:300]


class _Reasons(logging.Handler):
    """Keeps what Apprise says went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(" ".join(record.getMessage().split()))


def targets_of(urls: str | None) -> list[Target]:
    """Read the addresses of the environment variable, one a line or with blanks between.

    Raises
    ------
    ImportError
        If Apprise is not installed.
    ValueError
        If Apprise cannot use one of them; the message has its position, not the address.
    """
    apprise = _apprise()
    targets = []
    for position, url in enumerate(dict.fromkeys((urls or "").split()), start=1):
        logger = logging.getLogger("apprise")
        with _LOCK:
            level = logger.level
            logger.setLevel(logging.CRITICAL + 1)
            try:
                is_usable = apprise.Apprise.instantiate(url) is not None
            finally:
                logger.setLevel(level)
        if not is_usable:
            raise ValueError(
                f"{VARIABLE}: address {position} is none that Apprise knows. Write it as docs/alerts.md shows, "
                "such as slack://..., workflows://..., mailtos://... or jsons://..., with a blank between two."
            )
        targets.append(Target(url, _name(url)))
    return targets


def _name(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname if parts.scheme.lower() in _WITH_HOST else None
    return f"{parts.scheme.lower()}://{host or ''} #{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def _apprise() -> Any:
    try:
        import apprise
    except ImportError:
        raise ImportError("Alerts need Apprise: pip install 'strate[alerts]'.") from None
    return apprise

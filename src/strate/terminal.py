"""Texts of the data, made fit to be printed."""

import unicodedata

from rich.text import Text


def plain(text: str) -> Text:
    """Return a text that rich prints letter by letter.

    Square brackets are no markup, and characters that steer a terminal (control and direction marks, escape sequences)
    stand as U+FFFD, so that nobody's data recolours, overwrites or turns around what is on the screen.
    """
    return Text("".join("\ufffd" if unicodedata.category(sign) in ("Cc", "Cf") else sign for sign in text))

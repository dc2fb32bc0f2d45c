"""To come."""


def page() -> None:
    """Show the page."""

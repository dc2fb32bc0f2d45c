"""One thread for what must not depend on the number of threads."""

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager:
    """Return a context in which numerical libraries use one thread.

    Parallel sums are added in an order that differs from run to run. The libraries are looked for once:
    that takes some milliseconds, and a search asks a thousand times.
    """
    return _controller().limit(limits=1)


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()

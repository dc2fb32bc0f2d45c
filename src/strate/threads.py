"""One thread for what must not depend on the number of threads."""

import sys
from contextlib import AbstractContextManager
from functools import lru_cache

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager:
    """Return a context in which numerical libraries that are loaded use one thread.

    Parallel sums are added in an order that differs from run to run. Looking for the libraries takes some milliseconds,
    and a search asks a thousand times: they are looked for anew when a module was imported since.
    """
    return _controller(len(sys.modules)).limit(limits=1)


@lru_cache(maxsize=1)
def _controller(module_count: int) -> ThreadpoolController:
    """Look for the libraries; the number of modules says when to do so anew."""
    return ThreadpoolController()

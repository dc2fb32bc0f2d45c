"""One thread means one, whenever a library was loaded."""

import ast
import subprocess
import sys

# In a process of its own: here all libraries are loaded already.
CODE = """
from strate.threads import one_thread
with one_thread():
    pass
import sklearn.ensemble
from threadpoolctl import threadpool_info
with one_thread():
    print({(one["user_api"], one["num_threads"]) for one in threadpool_info()})
"""


def test_libraries_that_are_loaded_later_use_one_thread_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, env={"OMP_NUM_THREADS": "3"}
    )
    found = ast.literal_eval(done.stdout)
    assert ("openmp", 1) in found
    assert {count for _, count in found} == {1}

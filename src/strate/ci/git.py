"""Two states of a repository, side by side."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def run_git(folder: Path, *arguments: str) -> str:
    """Return what a git command says; RuntimeError with git's own last line if it fails."""
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise RuntimeError(f"git {' '.join(arguments)} in {folder} failed: {lines[-1]}")
    return done.stdout.strip()


def find_commit(repository: Path, ref: str) -> str:
    """Return the hash of a commit.

    Raises
    ------
    RuntimeError
        If the repository does not have it, as after a checkout without history.
    """
    try:
        return run_git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except RuntimeError:
        raise RuntimeError(
            f"{repository} has no commit {ref!r}: check the name, or fetch the whole history before "
            "(GitHub: `fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)."
        ) from None


def fork_point(repository: Path, base: str, head: str) -> str:
    """Return the commit from which head went on, so that what base got since then does not look taken back."""
    try:
        return run_git(repository, "merge-base", base, head)
    except RuntimeError:
        raise RuntimeError(
            f"{base} and {head} have no commit in common here: fetch the whole history before "
            "(GitHub: `fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)."
        ) from None


def changed_files(repository: Path, base: str, head: str) -> list[str]:
    """Return the files that differ between two commits, relative to the top of the repository."""
    names = run_git(repository, "diff", "--name-only", "--no-renames", "-z", base, head)
    return [name for name in names.split("\0") if name]


@contextmanager
def worktree(repository: Path, commit: str) -> Iterator[Path]:
    """Check a commit out into a temporary folder, which is gone in the end."""
    with tempfile.TemporaryDirectory(prefix="strate_ci_") as temporary:
        folder = Path(temporary).resolve() / "checkout"
        run_git(repository, "worktree", "prune")
        run_git(repository, "worktree", "add", "--detach", str(folder), commit)
        try:
            yield folder
        finally:
            run_git(repository, "worktree", "remove", "--force", str(folder))

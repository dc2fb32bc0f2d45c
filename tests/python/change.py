"""A shop's repository with Strate as a local package, for tests of continuous integration."""

import shutil
import subprocess
from pathlib import Path

import yaml

from conftest import PROJECT, tiny_vars

LEFT_OUT = shutil.ignore_patterns("__pycache__", "demo", "python")
# What a build of 240 customers takes longest for, and no test of a check asks for.
QUICK = {
    "imputed_features": [],
    "outlier_features": [],
    "report_groups": [],
    "text_max_topics": 0,
    "training_date_count": 0,
    "clustering_max_clusters": 3,
    "clustering_starts": 1,
    "clustering_trials": 2,
    "fingerprint_inputs": False,
    "segment_rules": {},
}


def write_repository(top: Path, inputs: Path) -> Path:
    """Write and commit a repository with the folders `strate` and `shop`; return its top."""
    for name in ("models", "python_models", "macros", "seeds", "tests", "src"):
        shutil.copytree(PROJECT / name, top / "strate" / name, ignore=None if name == "src" else LEFT_OUT)
    shutil.copy(PROJECT / "dbt_project.yml", top / "strate")
    shop = top / "shop"
    shop.mkdir()
    (shop / "packages.yml").write_text("packages:\n  - local: ../strate\n")
    settings = {
        "name": "shop",
        "config-version": 2,
        "profile": "shop",
        "vars": {"strate": tiny_vars(inputs) | QUICK},
    }
    (shop / "dbt_project.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
    (top / ".gitignore").write_text("dbt_packages/\ntarget/\nlogs/\npackage-lock.yml\n__pycache__/\n")
    git(top, "init", "--quiet", "--initial-branch", "main")
    commit(top, "first")
    return top


def git(top: Path, *arguments: str) -> str:
    person = ("-c", "user.name=Test", "-c", "user.email=test@strate.example")
    done = subprocess.run(["git", "-C", str(top), *person, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(top: Path, message: str) -> str:
    """Commit everything and return the hash."""
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", message)
    return git(top, "rev-parse", "HEAD")


def set_vars(top: Path, **values: object) -> None:
    """Change vars of the shop's project."""
    file = top / "shop/dbt_project.yml"
    settings = yaml.safe_load(file.read_text())
    settings["vars"]["strate"] |= values
    file.write_text(yaml.safe_dump(settings, sort_keys=False))

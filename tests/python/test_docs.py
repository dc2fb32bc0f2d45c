"""The docs say what the project does: inputs, vars, links."""

import dataclasses
import re
from pathlib import Path

import pytest
import yaml

from compiled import CONTRACT
from strate.diff import Thresholds

from conftest import PROJECT

DOCS = [
    path
    for path in PROJECT.rglob("*.md")
    if not {".venv", "target", "dbt_packages", ".pytest_cache"} & set(path.relative_to(PROJECT).parts)
]


def test_inputs_page_lists_the_contract() -> None:
    text = (PROJECT / "docs/inputs.md").read_text()
    sections = re.split(r"^### (\w+)$", text, flags=re.M)[1:]
    documented = {
        name: [
            (column.strip("*"), kind, column.startswith("**"))
            for column, kind in re.findall(
                r"^\| (\*{0,2}\w+\*{0,2}) \| (text|number|boolean|timestamp) \|", body, flags=re.M
            )
        ]
        for name, body in zip(sections[::2], sections[1::2], strict=True)
    }
    assert documented == CONTRACT


def test_variables_page_lists_every_var_with_its_default() -> None:
    defaults = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \| .+\|$", (PROJECT / "docs/variables.md").read_text(), flags=re.M))
    assert list(rows) == list(defaults)
    for name, default in defaults.items():
        if default is None:
            assert rows[name] == "null", name
        elif isinstance(default, int | float) or (isinstance(default, str) and "ref(" not in default):
            assert rows[name] == f"`{str(default).lower() if isinstance(default, bool) else default}`", name


def test_every_var_that_is_read_exists() -> None:
    known = set(yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"])
    read = {threshold.name for threshold in dataclasses.fields(Thresholds)}  # the command strate diff reads these
    for folder in ("models", "macros", "python_models", "tests"):
        for path in (PROJECT / folder).rglob("*"):
            if path.suffix in (".sql", ".yml"):
                read |= set(re.findall(r"\bvar\(['\"](\w+)['\"]", path.read_text()))
    assert read <= known
    # Settings reach some macros by name; those apart, a var that nothing reads promises something.
    assert known - read - set(CONTRACT) == set()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text()
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"

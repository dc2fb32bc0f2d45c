"""What of head has to be built, so that it is as if all of it had been built.

dbt's `state:modified` does not see vars, nor modules that Python models import, nor large seeds, nor files that models
read. What it does not see is looked for here; what cannot be judged is a reason to build everything.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

BUILT = ("model", "seed", "snapshot")
PLACES = ("model-paths", "seed-paths", "macro-paths", "snapshot-paths", "test-paths")
SEEN_ELSEWHERE = ("dbt_project.yml", "packages.yml", "package-lock.yml", "dependencies.yml")
# Keys of dbt_project.yml that are seen otherwise: vars by name, configs as dbt renders them, hooks as operations.
JUDGED_KEYS = {
    *("vars", "models", "seeds", "snapshots", "tests", "data_tests", "unit_tests", "sources", "exposures", "metrics"),
    *("semantic-models", "saved-queries", "on-run-start", "on-run-end", "version", "clean-targets"),
}
HARMLESS = (
    *(
        "*.md",
        "LICENSE*",
        ".gitignore",
        ".git*",
        ".github/*",
        ".gitlab-ci.yml",
        "*Jenkinsfile*",
        "ci/github/*",
        "ci/gitlab.yml",
    ),
    *(".sqlfluff*", ".editorconfig", ".pre-commit-config.yaml"),
)
# Vars whose work is done by hooks on tables that no model names.
WORK_OF_HOOKS = ("retention_days", "erasure_requests")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


@dataclass
class Selection:
    """What has to be built.

    Attributes
    ----------
    everything_because : list of str
        Reasons to build everything; none: only `extra` and what dbt finds modified.
    extra : dict of str to str
        Node and why it counts as changed, where dbt does not see it.
    """

    everything_because: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Side:
    """A build's code as dbt read it.

    Attributes
    ----------
    manifest : dict
    settings : dict of str to dict
        The content of `dbt_project.yml`, of the project and of each of its packages, by name.
    folders : dict of str to str
        The folder of each of them that lies in the repository, relative to its top.
    installed : dict of str to str
        The version of each installed distribution.
    """

    manifest: dict[str, Any]
    settings: dict[str, dict[str, Any]]
    folders: dict[str, str]
    installed: dict[str, str]


def read_settings(project: Path, top: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return `settings` and `folders` of a `Side`, of a project and the packages that `dbt deps` put beside it."""
    own = yaml.safe_load((project / "dbt_project.yml").read_text())
    packages = project / own.get("packages-install-path", "dbt_packages")
    settings, folders = {}, {}
    for file in [project / "dbt_project.yml", *sorted(packages.glob("*/dbt_project.yml"))]:
        content = yaml.safe_load(file.read_text())
        settings[content["name"]] = content
        if file.resolve().parent.is_relative_to(top.resolve()):  # a local package is a link
            folders[content["name"]] = file.resolve().parent.relative_to(top.resolve()).as_posix()
    return settings, folders


def select(
    base: Side, head: Side, changed: Iterable[str], python_paths: Collection[str], harmless: Collection[str] = HARMLESS
) -> Selection:
    """Find what dbt's state comparison does not see.

    Parameters
    ----------
    base, head : Side
    changed : iterable of str
        Files that differ, relative to the top of the repository.
    python_paths : collection of str
        Folders of modules that Python models import, relative to the same.
    harmless : collection of str
        Patterns of files that no build reads.

    Returns
    -------
    Selection
    """
    found = Selection()
    if base.manifest["metadata"]["dbt_version"] != head.manifest["metadata"]["dbt_version"]:
        found.everything_because.append("dbt has another version")
    found.everything_because += _settings_reasons(base.settings, head.settings)
    found.everything_because += _placement_reasons(head.manifest)
    nodes = _nodes(head.manifest)

    names = changed_vars(base.settings, head.settings)
    macros = changed_macros(base.manifest, head.manifest)
    users = _Users(head.manifest)
    if _operations(base.manifest) != _operations(head.manifest):
        found.everything_because.append("the hooks of a project differ")
    elif reached := [node for node in users.of(names, macros) if _is_own_hook(head.manifest["nodes"][node])]:
        found.everything_because.append(f"the hook {reached[0]} uses what changed")
    for node in users.of(names, macros):
        if node in nodes:
            found.extra[node] = "uses a var or macro that changed"
    earlier = _nodes(base.manifest)
    for node, content in nodes.items():
        if node in earlier and _as_rendered(earlier[node]) != _as_rendered(content):
            found.extra[node] = "differs as rendered"

    is_python_changed = base.installed != head.installed
    for file in changed:
        outcome = _judge_file(file, python_paths, harmless, base, head)
        if outcome == "python":
            is_python_changed = True
        elif outcome == "unknown":
            found.everything_because.append(f"{file} changed, and what reads it is not known")
        elif outcome in nodes:
            found.extra[outcome] = "its file changed"
    if is_python_changed:
        for node, content in nodes.items():
            if content.get("language") == "python":
                found.extra[node] = "Python modules changed"
    return found


def with_children(manifest: dict[str, Any], nodes: Iterable[str]) -> set[str]:
    """Return nodes that are built, with everything built from them."""
    found: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in found and node.split(".")[0] in BUILT:
            found.add(node)
            waiting += manifest["child_map"].get(node, [])
    return found


def changed_vars(base: dict[str, dict[str, Any]], head: dict[str, dict[str, Any]]) -> set[str]:
    """Return the names of vars whose value differs anywhere, and of those whose value names one of them."""
    before, after = _declared_vars(base), _declared_vars(head)
    found = {key[-1] for key in before.keys() | after.keys() if before.get(key, ...) != after.get(key, ...)}
    texts = {(name, json.dumps(value, default=str)) for (*_, name), value in (before | after).items()}
    while more := {name for name, text in texts if name not in found and found & set(re.findall(r"\w+", text))}:
        found |= more
    return found


def changed_macros(base: dict[str, Any], head: dict[str, Any]) -> set[str]:
    """Return the names of macros that are new, gone or different, without the prefix of an adapter."""
    before, after = (
        {key: macro["macro_sql"] for key, macro in manifest["macros"].items()} for manifest in (base, head)
    )
    differing = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return {_bare(key.split(".")[-1]) for key in differing}


class _Users:
    """Who uses a var or macro, by the words of their texts: more than truly do, never fewer.

    A var or macro is always named by a literal somewhere between its use and the node; a name put together from parts
    is none, so a text that puts names together counts as using every var.
    """

    def __init__(self, manifest: dict[str, Any]) -> None:
        self._texts: dict[str, str] = {}
        for node, content in manifest["nodes"].items():
            parts = [content.get(key) for key in ("raw_code", "config", "unrendered_config", "test_metadata")]
            self._texts[node] = _COMMENT.sub("", "\n".join(_words_in(parts)))
        own = {key: macro for key, macro in manifest["macros"].items() if not _is_of_dbt(macro)}
        self._macros = {key: _COMMENT.sub("", macro["macro_sql"]) for key, macro in own.items()}

    def of(self, names: Collection[str], macros: Collection[str]) -> set[str]:
        """Return the ids of nodes that use one of these, through whatever macros."""
        if not names and not macros:
            return set()
        using = set(macros)
        waiting = dict(self._macros)
        while found := [key for key, text in waiting.items() if self._uses(text, names, using)]:
            using |= {_bare(key.split(".")[-1]) for key in found}
            waiting = {key: text for key, text in waiting.items() if key not in found}
        return {node for node, text in self._texts.items() if self._uses(text, names, using)}

    @staticmethod
    def _uses(text: str, names: Collection[str], macros: Collection[str]) -> bool:
        if names and (_PUT_TOGETHER.search(text) or not names.isdisjoint(_WORD.findall(text))):
            return True
        return not set(macros).isdisjoint(_CALLED.findall(text))


_WORD = re.compile(r"\w+")
_CALLED = re.compile(r"\w+(?=\s*\()|(?<=['\"])\w+(?=['\"])")
_PUT_TOGETHER = re.compile(r"\bvar\(\s*[^()]*?(~|%|\+|\.format)[^()]*\)")


def _words_in(value: Any) -> Iterator[str]:
    """Yield all texts in nested lists and mappings, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _words_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words_in(inner)


def _bare(macro: str) -> str:
    """Return the name under which a macro is called: `default__add_days` is `add_days`."""
    return re.sub(r"^[a-z]+__(?=\w)", "", macro)


def _is_of_dbt(macro: dict[str, Any]) -> bool:
    return macro["package_name"] == "dbt" or macro["package_name"].startswith("dbt_duckdb")


def _nodes(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in BUILT}


def _operations(manifest: dict[str, Any]) -> dict[str, str]:
    return {key: node["raw_code"] for key, node in manifest["nodes"].items() if node["resource_type"] == "operation"}


def _is_own_hook(node: dict[str, Any]) -> bool:
    """Whether a node is a hook other than Strate's, which make no table of a model where WORK_OF_HOOKS are off."""
    return node["resource_type"] == "operation" and node["package_name"] != "strate"


def _as_rendered(node: dict[str, Any]) -> str:
    kept = [node["config"], node["schema"], node["alias"], sorted(node["depends_on"].get("nodes", []))]
    return json.dumps(kept, sort_keys=True, default=str)


def _declared_vars(settings: dict[str, dict[str, Any]]) -> dict[tuple[str, ...], Any]:
    """Return each var by project, scope and name."""
    found: dict[tuple[str, ...], Any] = {}
    for project, content in settings.items():
        for name, value in (content.get("vars") or {}).items():
            if name in settings and isinstance(value, dict):
                found |= {(project, name, inner): one for inner, one in value.items()}
            else:
                found[project, "", name] = value
    return found


def _settings_reasons(base: dict[str, dict[str, Any]], head: dict[str, dict[str, Any]]) -> list[str]:
    reasons = []
    if base.keys() != head.keys():
        reasons.append("other packages are installed")
    for project in base.keys() & head.keys():
        keys = (base[project].keys() | head[project].keys()) - JUDGED_KEYS
        differing = sorted(key for key in keys if base[project].get(key) != head[project].get(key))
        if differing:
            reasons.append(f"`{differing[0]}` in the dbt_project.yml of {project} changed")
    for (*_, name), value in (_declared_vars(base) | _declared_vars(head)).items():
        is_on = any(value.values()) if isinstance(value, dict) else value is not None
        if name in WORK_OF_HOOKS and is_on:
            reasons.append(f"`{name}` is set, whose work is done by hooks")
    return sorted(set(reasons))


def _placement_reasons(manifest: dict[str, Any]) -> list[str]:
    outside = sorted(node["name"] for node in _nodes(manifest).values() if node["config"]["materialized"] == "external")
    return [f"the model {outside[0]} is a file outside the database"] if outside else []


def _judge_file(file: str, python_paths: Collection[str], harmless: Collection[str], base: Side, head: Side) -> str:
    """Return the node whose file it is, `python`, `seen` if what changed shows elsewhere, or `unknown`."""
    path = PurePosixPath(file)
    if any(path.is_relative_to(folder) for folder in python_paths):
        return "python"
    for side in (head, base):
        for package, folder in side.folders.items():
            if not path.is_relative_to(folder):
                continue
            inside = path.relative_to(folder)
            for kind in ("nodes", "macros", "docs", "disabled"):
                for key, content in side.manifest[kind].items():
                    one = content[0] if isinstance(content, list) else content
                    if one["package_name"] == package and one["original_file_path"] == str(inside):
                        return key if key in side.manifest["nodes"] else "seen"
            places = [place for key in PLACES for place in side.settings[package].get(key, [])]
            is_patch = inside.suffix in (".yml", ".yaml") and any(inside.is_relative_to(place) for place in places)
            if is_patch or str(inside) in SEEN_ELSEWHERE:
                return "seen"
    return "seen" if any(fnmatch(file, pattern) for pattern in harmless) else "unknown"

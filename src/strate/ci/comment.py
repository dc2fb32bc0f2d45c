"""A comment on a pull or merge request: made once, and changed from then on."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

MARK = "<!-- strate diff -->"
PAGE = 100
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Place:
    """Where comments of a request are, over REST.

    Attributes
    ----------
    comments : str
        Address to list them and to add one.
    comment : str
        Address of one, with `{id}` in it.
    method : str
        How one is changed.
    headers : dict of str to str
        Who asks; empty where nobody may.
    """

    comments: str
    comment: str
    method: str
    headers: dict[str, str]

    @classmethod
    def of_github(cls, variables: Mapping[str, str], number: str | None) -> Self:
        """Return the place on GitHub, from the variables that Actions sets."""
        repository = _needed(variables, "GITHUB_REPOSITORY", "as owner/name")
        number = number or _needed(variables, "CHANGE_ID", "or name the pull request with --number")
        api = f"{variables.get('GITHUB_API_URL', 'https://api.github.com')}/repos/{repository}/issues"
        token = variables.get("GITHUB_TOKEN")
        headers = {"Accept": "application/vnd.github+json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return cls(f"{api}/{number}/comments", f"{api}/comments/{{id}}", "PATCH", headers if token else {})

    @classmethod
    def of_gitlab(cls, variables: Mapping[str, str], number: str | None) -> Self:
        """Return the place on GitLab, from the variables that its CI sets; a job's own token may not write there."""
        api = _needed(variables, "CI_API_V4_URL", "as https://gitlab.com/api/v4")
        project = _needed(variables, "CI_PROJECT_ID", "the project's number")
        number = number or _needed(variables, "CI_MERGE_REQUEST_IID", "or name the merge request with --number")
        notes = f"{api}/projects/{project}/merge_requests/{number}/notes"
        token = variables.get("STRATE_GITLAB_TOKEN")
        return cls(notes, f"{notes}/{{id}}", "PUT", {"PRIVATE-TOKEN": token} if token else {})


SYSTEMS = {"github": Place.of_github, "gitlab": Place.of_gitlab}
TOKENS = {"github": "GITHUB_TOKEN", "gitlab": "STRATE_GITLAB_TOKEN"}


def post_comment(file: Path, system: str, number: str | None = None) -> str | None:
    """Write a diff as a comment, in place of the one that an earlier run left.

    Parameters
    ----------
    file : pathlib.Path
        Markdown that begins with the mark of `strate diff`.
    system : str
        github or gitlab.
    number : str, optional
        Number of the request; without, from the variables of the job.

    Returns
    -------
    str or None
        `added` or `changed`; None where there is no token, as in a fork.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the system or a variable is not known, or the file is no diff.
    RuntimeError
        If the server cannot be reached or refuses.
    """
    if system not in SYSTEMS:
        raise ValueError(f"--system must be one of {', '.join(SYSTEMS)}, not {system!r}.")
    if not file.exists():
        raise FileNotFoundError(f"{file} does not exist: `strate ci check` writes it.")
    text = file.read_text(encoding="utf-8")
    if not text.startswith(MARK):
        raise ValueError(f"{file} is no diff: it does not begin with {MARK}.")
    place = SYSTEMS[system](os.environ, number)
    if not place.headers:
        return None
    page = 1
    while found := _ask(place, "GET", f"{place.comments}?per_page={PAGE}&page={page}"):
        for comment in found:
            if (comment["body"] or "").startswith(MARK):
                _ask(place, place.method, place.comment.format(id=comment["id"]), {"body": text})
                return "changed"
        page += 1
    _ask(place, "POST", place.comments, {"body": text})
    return "added"


def _ask(place: Place, method: str, address: str, content: dict[str, str] | None = None) -> Any:
    data = json.dumps(content).encode() if content else None
    headers = {**place.headers, "Content-Type": "application/json"}
    request = urllib.request.Request(address, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{method} {address} was refused with status {error.code}: may the token comment?") from None
    except (urllib.error.URLError, TimeoutError) as error:
        raise RuntimeError(f"{address} cannot be reached: {error}.") from None


def _needed(variables: Mapping[str, str], name: str, hint: str) -> str:
    if not variables.get(name):
        raise ValueError(f"{name} is not set: set it, {hint}.")
    return variables[name]

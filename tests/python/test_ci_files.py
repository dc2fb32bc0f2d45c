"""The files for three CI systems call commands that exist, and comments are made once, against a server of our own."""

import json
import re
import shlex
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
import yaml
from typer.testing import CliRunner

from strate.ci.comment import MARK, post_comment
from strate.cli import app

from conftest import PROJECT

FILES = sorted(file for file in (PROJECT / "ci").rglob("*") if file.is_file())
WORKFLOWS = sorted((PROJECT / "ci/github").glob("*.yml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_file_calls_commands_with_options_that_they_have(file: Path) -> None:
    text = re.sub(r"\\\n|\n\s+(?=--)", " ", file.read_text())
    calls = re.findall(r"(?<!`)\bstrate ci [^\n`']+", text)
    assert calls
    group = typer.main.get_command(app).commands["ci"]
    for call in calls:
        _, _, name, *arguments = [part for part in shlex.split(call) if part != "$CHECK_OPTIONS"]
        group.commands[name].make_context(name, arguments)  # raises where an option or argument is not known


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_have_the_least_rights_and_pinned_actions(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        writes = {right for right, level in job["permissions"].items() if level == "write"}
        assert writes == ({"pull-requests"} if name == "comment" else set())
        assert job["timeout-minutes"] > 0
        for step in job["steps"]:
            assert "uses" not in step or re.fullmatch(r"[\w-]+/[\w-]+(/\w+)?@v\d+\.\d+\.\d+", step["uses"])
            # What a stranger may name, such as a branch, is never part of a command.
            assert "${{" not in step.get("run", "")
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
    # Code of a pull request does not run where the token may write.
    comment = workflow["jobs"].get("comment")
    if comment:
        assert comment["steps"][0]["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
        assert not any("check" in step.get("run", "").split() for step in comment["steps"])


def test_gitlab_comments_only_where_there_is_a_token() -> None:
    jobs = yaml.safe_load((PROJECT / "ci/gitlab.yml").read_text())
    assert "$STRATE_GITLAB_TOKEN" in jobs["segments_comment"]["rules"][0]["if"]
    assert jobs["segments_comment"]["needs"] == ["segments"]
    assert jobs["segments"]["artifacts"]["when"] == "always"


@pytest.mark.parametrize("file", sorted((PROJECT / "ci/jenkins").iterdir()), ids=lambda file: file.name)
def test_jenkinsfiles_close_what_they_open(file: Path) -> None:
    text = re.sub(r"'''.*?'''|'[^'\n]*'|\"[^\"\n]*\"|(?<!:)//[^\n]*", "", file.read_text(), flags=re.DOTALL)
    pairs, waiting = {")": "(", "}": "{", "]": "["}, []
    for sign in text:
        if sign in pairs.values():
            waiting.append(sign)
        elif sign in pairs:
            assert waiting.pop() == pairs[sign]
    assert waiting == []
    assert "'" not in text


class Requests(BaseHTTPRequestHandler):
    """Comments of one request, in pages as the two systems give them."""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        size, page = int(asked["per_page"][0]), int(asked["page"][0])
        self._answer(self.server.comments[size * (page - 1) : size * page])

    def do_POST(self) -> None:
        self._write(lambda body: self.server.comments.append({"id": len(self.server.comments), "body": body}))

    def do_PATCH(self) -> None:
        number = int(self.path.rsplit("/", 1)[1])
        self._write(lambda body: self.server.comments[number].update(body=body))

    do_PUT = do_PATCH  # noqa: N815 - the names that http.server calls

    def _write(self, change) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != "Bearer t" and self.headers.get("PRIVATE-TOKEN") != "t":
            self.send_error(403)
            return
        change(content["body"])
        self.server.asked.append((self.command, urlsplit(self.path).path))
        self._answer({})

    def _answer(self, content) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Requests) as one:
        one.comments = [{"id": number, "body": f"remark {number}"} for number in range(130)]
        one.comments[3]["body"] = None
        one.asked = []
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{one.server_port}"
        for name in ("GITHUB_TOKEN", "STRATE_GITLAB_TOKEN", "CHANGE_ID"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {
            "GITHUB_API_URL": address,
            "GITHUB_REPOSITORY": "shop/segments",
            "CI_API_V4_URL": address,
            "CI_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "7",
        }.items():
            monkeypatch.setenv(name, value)
        yield one
        one.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("system", "token", "paths"),
    [
        (
            "github",
            "GITHUB_TOKEN",
            [("POST", "/repos/shop/segments/issues/7/comments"), ("PATCH", "/repos/shop/segments/issues/comments/130")],
        ),
        (
            "gitlab",
            "STRATE_GITLAB_TOKEN",
            [("POST", "/projects/5/merge_requests/7/notes"), ("PUT", "/projects/5/merge_requests/7/notes/130")],
        ),
    ],
)
def test_a_comment_is_added_once_and_changed_from_then_on(
    system: str,
    token: str,
    paths: list[tuple[str, str]],
    server: ThreadingHTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "diff.md"
    file.write_text(f"{MARK}\none")
    assert post_comment(file, system, "7") is None
    assert len(server.comments) == 130  # without a token nobody is written to
    monkeypatch.setenv(token, "wrong")
    with pytest.raises(RuntimeError, match="403"):
        post_comment(file, system, "7")
    monkeypatch.setenv(token, "t")
    assert post_comment(file, system, "7") == "added"
    file.write_text(f"{MARK}\ntwo")
    assert post_comment(file, system, "7") == "changed"
    assert [comment["body"] for comment in server.comments[130:]] == [f"{MARK}\ntwo"]
    assert server.asked == paths


def test_what_cannot_be_a_comment_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "diff.md"
    file.write_text("secret")
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)

    def told(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["ci", "comment", *arguments])
        assert done.exit_code == 2
        return done.output

    assert "no diff" in told(str(file))
    assert "strate ci check" in told(str(tmp_path / "nowhere"))
    assert "--system" in told(str(file), "--system", "svn")
    file.write_text(MARK)
    assert "GITHUB_REPOSITORY" in told(str(file), "--number", "1")

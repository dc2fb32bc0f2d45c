"""Continuous integration: the check of a change, its comment, and training anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strate.cli.app import app, told
from strate.cli.options import DATABASE, TARGET, Database, ProjectFolder, Target, Variables

ci_app = typer.Typer(help="Continuous integration: check a change, comment on it, train anew.", no_args_is_help=True)
app.add_typer(ci_app, name="ci")


@ci_app.command()
@told
def check(
    base: Annotated[str, typer.Option(help="Commit, branch or tag that the change is to go into.")],
    head: Annotated[str, typer.Option(help="Commit, branch or tag with the change.")] = "HEAD",
    project: ProjectFolder = Path(),
    out: Annotated[Path, typer.Option(help="Folder for the results and both builds.")] = Path("strate_check"),
    base_build: Annotated[
        Path | None,
        typer.Option(
            help="Folder of base's build, taken if it fits and made if not: what to cache.", show_default=False
        ),
    ] = None,
    variables: Variables = "{}",
    python_path: Annotated[
        list[str] | None,
        typer.Option(help="Folder in the repository with modules of Python models, such as src.", show_default=False),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(help="Pattern of files that no build reads, such as 'notebooks/*'.", show_default=False),
    ] = None,
    setup: Annotated[
        str | None, typer.Option(help="Command that prepares each checkout, at its top.", show_default=False)
    ] = None,
    bin_folder: Annotated[
        str | None,
        typer.Option("--bin", help="Folder with dbt in each checkout, such as .venv/bin.", show_default=False),
    ] = None,
    inputs: Annotated[
        Path | None, typer.Option(help="DuckDB file with the inputs; both builds start from it.", show_default=False)
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Build all of head.")] = False,
) -> None:
    """Build base and head on DuckDB, run the gates, and write what differs: diff.md, .json, .html and report.html.

    Exit code 0: all holds; 1: the diff is beyond a threshold; 2: an error, or base does not build; 3: a gate or test of
    head does not hold; 4: head does not build.
    """
    from strate.ci.check import Request, check_change

    request = Request(
        project=project,
        base=base,
        head=head,
        out=out,
        base_build=base_build,
        variables=variables,
        python_paths=python_path or [],
        harmless=ignore or [],
        setup=setup,
        bin=bin_folder,
        inputs=inputs,
        is_full=full,
    )
    outcome = check_change(request, typer.echo)
    typer.echo(f"Written to {out}. {WORDS[outcome.exit_code]}")
    if outcome.exit_code:
        raise typer.Exit(code=outcome.exit_code)


WORDS = {
    0: "All holds.",
    1: "The diff is beyond a threshold.",
    3: "A gate or test of head does not hold.",
    4: "Head does not build.",
}


@ci_app.command()
@told
def comment(
    file: Annotated[Path, typer.Argument(help="diff.md of strate ci check.")],
    system: Annotated[str, typer.Option(help="github or gitlab.")] = "github",
    number: Annotated[
        str | None, typer.Option(help="Number of the pull or merge request; else the job's.", show_default=False)
    ] = None,
) -> None:
    """Write the diff as a comment on its request, in place of an earlier one; without a token only say so."""
    from strate.ci.comment import TOKENS, post_comment

    done = post_comment(file, system, number)
    if done is None:
        typer.echo(f"No comment: {TOKENS[system]} is not set, as in a fork. The diff is in {file}.")
    else:
        typer.echo(f"The comment was {done}.")


@ci_app.command()
@told
def retrain(
    database: Database = DATABASE,
    project: ProjectFolder = Path(),
    target: Target = TARGET,
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("strate_retrain"),
    variables: Variables = "{}",
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Make what grows by increments anew; history stays.")
    ] = False,
    alike: Annotated[
        bool, typer.Option("--alike", help="Keep the old build if the diff is beyond a threshold, too.")
    ] = False,
) -> None:
    """Train anew in a copy of the database, and put it in its place only if all gates hold.

    Exit code 0: the new build is served; otherwise the old one still is: 1, the diff is beyond a threshold (--alike);
    2, an error; 3, a gate or test does not hold; 4, it does not build.
    """
    from strate.ci.retrain import retrain as train_anew

    options = ["--full-refresh"] if full_refresh else []
    found = train_anew(project, database, target, out, variables, options, alike, typer.echo)
    for reason in found.because:
        typer.echo(reason)
    typer.echo(f"{database} {'stays as it was' if found.exit_code else 'is the new build'}. Written to {out}.")
    if found.exit_code:
        raise typer.Exit(code=found.exit_code)

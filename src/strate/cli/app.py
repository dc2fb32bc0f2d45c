"""The app that the commands belong to, its options for all of them, and what becomes of errors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Annotated, Any, ParamSpec, TypeVar

import typer

P, R = ParamSpec("P"), TypeVar("R")
is_debugged = ContextVar("is_debugged", default=False)

app = typer.Typer(
    help="Customer segmentation that lives in the warehouse.",
    epilog="Exit code 2: an error, and the message says what to do. Others are in the help of their command.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a stack trace shows neither people nor the key
)


@app.callback()
def main(
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the code an error came up.")] = False,
) -> None:
    """Keep what holds for all commands."""
    is_debugged.set(debug)


def stop(message: str) -> typer.Exit:
    """Return the end of a command that cannot go on, having said why."""
    typer.echo(f"Error: {message}", err=True)
    return typer.Exit(code=2)


def print_json(found: Any) -> None:
    """Print dataclasses as JSON on standard output, where nothing else may then stand."""
    import json
    from dataclasses import asdict

    content = [asdict(one) for one in found] if isinstance(found, list) else asdict(found)
    typer.echo(json.dumps(content, indent=2, default=str))


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Have a command tell of an error in a sentence, and with --debug by its stack trace too."""

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        import duckdb

        from strate.progress import shown

        try:
            with shown():
                return command(*arguments, **options)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if is_debugged.get():
                raise
            if isinstance(error, OSError | RuntimeError | ValueError | ImportError | duckdb.Error):
                raise stop(str(error)) from None
            raise stop(f"{type(error).__name__}: {error}. To see where: strate --debug, and the command.") from None

    return run

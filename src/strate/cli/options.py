"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DATABASE = Path("strate.duckdb")
TARGET = Path("target")
LOGS = Path("logs")
PUBLIC = Path("strate_public.duckdb")
PUBLIC_VARIABLE = "STRATE_PUBLIC_PATH"

Database = Annotated[Path, typer.Option(envvar="STRATE_DUCKDB_PATH", help="DuckDB file that dbt wrote.")]
Schema = Annotated[str, typer.Option(help="Schema of the marts.")]
Target = Annotated[Path, typer.Option(envvar="DBT_TARGET_PATH", help="dbt's target folder.")]
Logs = Annotated[Path, typer.Option(envvar="DBT_LOG_PATH", help="dbt's log folder.")]
ProjectFolder = Annotated[Path, typer.Option(help="Folder of the dbt project.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Variables = Annotated[str, typer.Option("--vars", help="Vars over those of the project, as in dbt.")]

# Who is meant, for the two commands about one person.
Email = Annotated[str | None, typer.Option(help="E-mail address of the person.", show_default=False)]
Phone = Annotated[str | None, typer.Option(help="Phone number, as +33612345678.", show_default=False)]
CustomerId = Annotated[str | None, typer.Option(help="Key of the marts.", show_default=False)]
CrmCustomerId = Annotated[str | None, typer.Option(help="Number in the CRM.", show_default=False)]
ErpCustomerId = Annotated[str | None, typer.Option(help="Number in the ERP.", show_default=False)]
UserId = Annotated[str | None, typer.Option(help="Log-in.", show_default=False)]
AnonymousId = Annotated[str | None, typer.Option(help="Key of a device or browser.", show_default=False)]

"""How much two builds may differ, as the vars of a project say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import yaml

PACKAGE = "strate"
PREFIX = "diff_"


@dataclass(frozen=True)
class Thresholds:
    """The vars that decide whether a difference is a finding. Null switches one off.

    Attributes
    ----------
    min_segment_size : int
        A segment that falls under it, or is born under it, is a finding.
    diff_max_moved_share : float, optional
        Share of the customers of a segmentation who are in another segment, 0 to 1.
    diff_max_moved_revenue_share : float, optional
        Share of their revenue, 0 to 1.
    diff_max_ended_segments : int, optional
        Segments that are gone or merged into another.
    diff_max_score_psi, diff_max_feature_psi : float, optional
        Population stability index.
    diff_min_rank_correlation : float, optional
        Of each score, -1 to 1.
    diff_max_null_share_rise : float, optional
        By how much more of the customers a feature is unknown.
    """

    min_segment_size: int = 100
    diff_max_moved_share: float | None = 0.1
    diff_max_moved_revenue_share: float | None = 0.1
    diff_max_ended_segments: int | None = 0
    diff_max_score_psi: float | None = 0.25
    diff_max_feature_psi: float | None = 0.25
    diff_min_rank_correlation: float | None = 0.8
    diff_max_null_share_rise: float | None = 0.05

    @classmethod
    def of_project(cls, project: Path, variables: str = "{}") -> Self:
        """Read the thresholds of a dbt project: its own vars, those that it sets for Strate, and vars over both.

        Parameters
        ----------
        project : pathlib.Path
            Folder with dbt_project.yml.
        variables : str
            Vars over those of the project, as YAML or JSON.

        Raises
        ------
        FileNotFoundError
            If there is no dbt_project.yml.
        ValueError
            If it or the vars cannot be read, or a threshold is no number.
        """
        file = project / "dbt_project.yml"
        if not file.exists():
            raise FileNotFoundError(f"{file} does not exist: name the folder of the dbt project with --project.")
        in_project = _mapping(_yaml(file.read_text(encoding="utf-8"), str(file)).get("vars"), f"vars of {file}")
        for_package = _mapping(in_project.get(PACKAGE), f"vars.{PACKAGE} of {file}")
        given = in_project | for_package | _yaml(variables, "--vars")
        chosen = {field.name: given[field.name] for field in fields(cls) if field.name in given}
        for name, value in chosen.items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number and not (value is None and name.startswith(PREFIX)):
                raise ValueError(f"The var {name} must be a number, not {json.dumps(value, default=str)}.")
        return cls(**chosen)


def _yaml(text: str, where: str) -> Mapping[str, Any]:
    try:
        return _mapping(yaml.safe_load(text), where)
    except yaml.YAMLError as error:
        raise ValueError(f"{where} is no YAML: {error}") from None


def _mapping(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict | None):
        raise ValueError(f"{where} must be a mapping of names to values.")
    return value or {}

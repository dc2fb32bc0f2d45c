"""Run the clustering engine over sets with known answers: `make bench-clustering`.

The sets are Gagolewski's benchmark suite (FCPS and part of SIPU, 22 sets of points in the plane and in space) with
reference labels and published results of other people's methods. Each is run twice, with the true number of clusters
given and with the number unknown. Points are coordinates of one unit, so all are scaled by the same factor.

As the suite's author does: rows with reference label 0 are noise and are left out of the score (adjusted Rand index);
where a set has several reference labelings, the engine is run for the number of clusters of each, and the best counts.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from strate.clustering.registry import ALGORITHMS, Bounds
from strate.clustering.rule import Rule, finalists, select
from strate.clustering.search import search

RESULTS = Path(__file__).resolve().parents[1] / "results"
MOST_CLUSTERS = 40  # when the number is unknown; the sets have 2 to 35
LEAST_SHARE = 0.01
WRONG = 0.9  # an adjusted Rand index below is no answer


def read(path: Path) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the coordinates, centered and scaled as one, and the reference labelings of a set."""
    frame = pd.read_parquet(path)
    names = [name for name in frame if name.startswith("labels")]
    X = frame.drop(columns=names).to_numpy(dtype="float64")
    X = X - X.mean(axis=0)
    return X / np.sqrt((X**2).sum(axis=1).mean()), [frame[name].to_numpy() for name in names]


def score(reference: np.ndarray, found: np.ndarray) -> float:
    """Return the adjusted Rand index over the rows that the reference puts in a cluster."""
    is_member = reference > 0
    return float(adjusted_rand_score(reference[is_member], found[is_member]))


def run(X: np.ndarray, low: int, high: int, algorithms: list[str], trials: int) -> dict:
    """Search, choose, and return what was chosen with its labels, and K-means's best."""
    bounds = Bounds(low, high, len(X), max(2, int(len(X) * LEAST_SHARE)))
    started = time.perf_counter()
    candidates = search(X, algorithms, bounds, n_trials=trials)
    final = finalists(candidates, bounds, Rule())
    selection = select(candidates, final, bounds, Rule())
    kmeans = next((c.labels for c in final if c.algorithm == "kmeans"), selection.candidate.labels)
    return {
        "chosen": selection.candidate.candidate_id,
        "confidence": selection.confidence,
        "contrast": selection.candidate.cut_contrast,
        "reason": selection.reason,
        "doubts": selection.doubts,
        "labels": selection.candidate.labels,
        "kmeans": kmeans,
        "seconds": time.perf_counter() - started,
    }


def given(X: np.ndarray, references: list[np.ndarray], algorithms: list[str], trials: int) -> dict:
    """Return the best over the reference labelings, each with its own number of clusters."""
    best = None
    seconds = 0.0
    kmeans = -1.0
    for reference in references:
        k = int(reference.max())
        result = run(X, k, k, algorithms, trials)
        result["ari"] = score(reference, result.pop("labels"))
        kmeans = max(kmeans, score(reference, result.pop("kmeans")))
        seconds += result["seconds"]
        if best is None or result["ari"] > best["ari"]:
            best = result | {"k": k}
    return best | {"kmeans_ari": kmeans, "seconds": seconds}


def unknown(X: np.ndarray, references: list[np.ndarray], algorithms: list[str], trials: int) -> dict:
    """Return the one answer without any hint, scored against the labeling it fits best."""
    result = run(X, 2, min(MOST_CLUSTERS, len(X) // 5), algorithms, trials)
    labels, kmeans = result.pop("labels"), result.pop("kmeans")
    scores = {"ari": max(score(r, labels) for r in references), "kmeans_ari": max(score(r, kmeans) for r in references)}
    return result | scores


def table(rows: list[dict], published: pd.DataFrame) -> str:
    """Return the results as Markdown."""
    methods = published.drop(columns="battery").columns
    lines = [
        "| set | k given: chosen | confidence | ARI | K-means | Genie, published | best published"
        " | k unknown: chosen | confidence | ARI |",
        "|---|---|---|---:|---:|---:|---:|---|---|---:|",
    ]
    for row in rows:
        other, one, two = published.loc[row["set"]], row["given"], row["unknown"]
        lines.append(
            f"| {row['set']} | {one['chosen']} | {one['confidence']} | {one['ari']:.3f} | {one['kmeans_ari']:.3f} "
            f"| {other['Genie']:.3f} | {other[methods].astype(float).max():.3f} "
            f"| {two['chosen']} | {two['confidence']} | {two['ari']:.3f} |"
        )
    known = published.loc[[row["set"] for row in rows], methods].astype(float)
    mean = {name: np.mean([row["given"][name] for row in rows]) for name in ("ari", "kmeans_ari")}
    lines.append(
        f"| **mean** | | | **{mean['ari']:.3f}** | {mean['kmeans_ari']:.3f} | {known['Genie'].mean():.3f} "
        f"| {known.max(axis=1).mean():.3f} | | | **{np.mean([row['unknown']['ari'] for row in rows]):.3f}** |"
    )
    return "\n".join(lines)


def shortfalls(rows: list[dict]) -> list[str]:
    """Return a line for each answer that is wrong, saying whether the engine doubted it."""
    return [
        f"- {row['set']}, k {mode}: {row[mode]['chosen']}, ARI {row[mode]['ari']:.3f}, "
        f"{row[mode]['confidence']} confidence"
        + (f" ({'; '.join(row[mode]['doubts'])})" if row[mode]["doubts"] else "")
        for row in rows
        for mode in ("given", "unknown")
        if row[mode]["ari"] < WRONG
    ]


def main() -> None:
    """Run, print, and write the table where all sets were run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", help="names of sets; default all")
    parser.add_argument("--algorithms", nargs="+", default=list(ALGORITHMS), help="default all")
    parser.add_argument("--trials", type=int, default=60, help="most trials of an algorithm on a set")
    arguments = parser.parse_args()
    folder = Path(os.environ.get("STRATE_DATA", "../shared/data")) / "clustering"
    if not (folder / "published_ari.csv").exists():
        sys.exit(
            f"The benchmark sets are not in {folder.resolve()}; STRATE_DATA names the folder that holds clustering/."
        )
    published = pd.read_csv(folder / "published_ari.csv").set_index("dataset")
    rows = []
    for name in arguments.sets or published.index:
        X, references = read(folder / f"{name}.parquet")
        row = {"set": name, "n_rows": len(X)}
        for mode, function in (("given", given), ("unknown", unknown)):
            row[mode] = function(X, references, arguments.algorithms, arguments.trials)
            print(
                name, mode, row[mode]["chosen"], f"{row[mode]['ari']:.3f}", f"{row[mode]['seconds']:.0f} s", flush=True
            )
        rows.append(row)
    text = table(rows, published) + "\n\n" + "\n".join(["Wrong answers:", "", *(shortfalls(rows) or ["none"])]) + "\n"
    print(text)
    if not arguments.sets:
        (RESULTS / "clustering.json").write_text(json.dumps(rows, indent=1) + "\n")
        (RESULTS / "clustering.md").write_text(text)


if __name__ == "__main__":
    main()

"""What customers are expected to do: how scores are spread, how far to trust them, and what moves them."""

from __future__ import annotations

from strate.dashboard import address, charts, show
from strate.dashboard.frame import current, feature_labels, needs
from strate.dashboard.open import ask
from strate.dashboard.queries.scores import distribution, drift, known_scores, reasons, versions
from strate.dashboard.values import shown
from strate.dashboard.views import link
from strate.report.charts import BLUE, bars
from strate.report.numbers import count, percent
from strate.report.read import Facts, read_segments
from strate.report.scores import NEEDED, Scores, read_segment_scores, read_targets
from strate.report.sections.parts import Figure, Table, words
from strate.report.sections.scores import METHODS, composite, judged

LABELS = {
    "purchase": "Probability to buy",
    "click": "Probability to click",
    "churn": "Probability to leave",
    "value": "Expected revenue",
    "engagement": "Engagement score",
    "composite": "Composite score",
}
OFF = (
    "scores are off, or were in the build that was published; the vars propensity_targets and value_methods switch "
    "them on."
)


def page() -> None:
    """Show the page."""
    publication = current()
    show.title("Scores", "What customers are expected to do in the next weeks, and how far to trust it.")
    if not needs("customer_scores", because=OFF):
        return
    offered = ask(publication, known_scores)
    if not offered:
        show.empty(f"Nobody has a score: {OFF}")
        return
    score = address.choose("Score", "score", {name: LABELS[name] for name in offered})
    _distribution(score)
    _trust(score)
    _reasons(score)
    if score == "composite":
        _by_segment()
    _models(score)


def _distribution(score: str) -> None:
    """Put how a score is spread."""
    publication = current()
    bins, facts = ask(publication, distribution, score)
    kind = "money" if score == "value" else "number" if score in ("engagement", "composite") else "share"
    tell = lambda value: shown(value, kind, publication.currency)  # noqa: E731
    show.heading("How it is spread")
    finding = (
        f"{count(facts['count'])} customers have it. Half of them are below {tell(facts['median'])}; the mean is "
        f"{tell(facts['mean'])}."
    )
    if score == "value":
        finding += f" The last column holds everybody above {tell(facts['top'] * 0.95)}."
    rows = [
        {
            "low": row.low,
            "high": row.high,
            "value": int(row.customer_count),
            "tip": f"{tell(row.low)} to {tell(row.high)}: {count(row.customer_count)} customers",
        }
        for row in bins.itertuples()
    ]
    table = Table(
        ("from", "to", "customers"),
        [(tell(row.low), tell(row.high), count(row.customer_count)) for row in bins.itertuples()],
        first_number=0,
    )
    title = f"{LABELS[score]} of all customers"
    spec = charts.columns(rows, LABELS[score].lower(), "customers", kind, f"{title}. {finding}")
    show.figure(Figure(title, finding, spec, table), f"spread-{score}")


def _trust(score: str) -> None:
    """Put lift and calibration where they were measured."""
    publication = current()
    if score not in ("purchase", "click", "churn"):
        return
    show.heading(
        "How far to trust it",
        "Of a date whose horizon is over, and of methods that had not seen what came.",
    )
    if not needs("score_evaluations", because="what was judged is not part of it."):
        return
    targets = [target for target in ask(publication, read_targets) if target.name == score]
    figures = [figure for target in targets for figure in judged(target)]
    for target in targets:
        if target.outcome != "scored":
            show.text(f"No model is used ({words(target.outcome)}), and the past rate stands in.")
        elif target.auc is not None:
            method = METHODS.get(target.method, words(target.method).capitalize())
            before = "" if target.past_rate_auc is None else f"; the past rate alone has {target.past_rate_auc:.2f}"
            show.text(
                f"{method} has an AUC of {target.auc:.2f}{before}. AUC is the chance that of two customers the one who "
                "did it had the higher probability: 0.5 is chance, 1 is perfect."
            )
    for number, figure in enumerate(figures):
        show.figure(figure, f"trust-{score}-{number}")
    if not figures:
        show.empty("Nothing could be judged yet.")


def _reasons(score: str) -> None:
    """Put which features move a score."""
    publication = current()
    show.heading("What moves it")
    if not needs("score_reasons", because="no score is learned, or reasons are not part of it."):
        return
    found = ask(publication, reasons, score)
    if found.empty:
        show.empty("There are no reasons for this score.")
        return
    labels = feature_labels()
    _, facts = ask(publication, distribution, score)
    rows = [
        {
            "label": labels.get(row.feature, words(row.feature)),
            "value": int(row.customer_count),
            "text": percent(row.customer_count / facts["count"]),
            "tip": f"{labels.get(row.feature, words(row.feature))}: among the reasons of {count(row.customer_count)} "
            f"customers, of {count(row.raises_count)} it raises the score",
            "colour": BLUE,
        }
        for row in found.head(12).itertuples()
    ]
    first = rows[0]
    finding = (
        f"“{first['label']}” is among the three strongest reasons of {first['text']} of customers. A reason is what "
        "the score would be otherwise, had the customer the typical value."
    )
    table = Table(
        ("feature", "among the three strongest of", "strongest of", "raises it for"),
        [
            (
                labels.get(row.feature, words(row.feature)),
                *(count(value) for value in (row.customer_count, row.first_count, row.raises_count)),
            )
            for row in found.itertuples()
        ],
    )
    title = "What most often explains the score"
    show.figure(
        Figure(title, finding, bars(rows, f"{title}. {finding}"), table),
        f"reasons-{score}",
    )


def _by_segment() -> None:
    """Put where segments stand by the composite score."""
    publication = current()
    if publication.missing([*NEEDED, "segments"]):
        return
    show.heading("Where segments stand")
    segments = ask(publication, read_segments)
    names = Facts(publication.as_of_date, segments).segmentations()
    chosen = address.choose_segmentation(names)
    scores = ask(publication, read_segment_scores, chosen)
    if not scores:
        show.empty("Nobody in these segments has a composite score.")
        return
    facts = Facts(publication.as_of_date, segments, scores=Scores(segments=scores))
    show.figure(composite(facts, chosen), f"composite-{chosen}")
    link("segments", "The segments one by one", segmentation=chosen)


def _models(score: str) -> None:
    """Put the versions of the model, and how far the score drifts."""
    publication = current()
    if score in ("engagement", "composite"):
        return
    show.heading("The models")
    if not needs("model_versions", because="versions of models are not part of it."):
        return
    found = ask(publication, versions, score)
    if found.empty:
        show.empty("No version of this model was recorded yet.")
        return
    found["method"] = found["method"].map(lambda name: METHODS.get(name, words(str(name)).capitalize()))
    found["outcome"] = found["outcome"].map(lambda name: words(str(name)))
    show.text(f"{count(len(found))} {'version' if len(found) == 1 else 'versions'}, the latest first.")
    found = show.rounded(found.loc[:, found.notna().any()], 3)
    show.table(
        found,
        f"versions-{score}",
        f"Versions of the model behind: {LABELS[score].lower()}",
        headers={"as_of_date": "date", "auc": "AUC", "row_count": "rows learned from"},
    )
    if "score_drift" in publication.tables:
        moved = ask(publication, drift, score)
        if not moved.empty:
            beyond = moved[moved["psi"] > moved["psi_by_chance"]]
            show.text(
                f"Drift against {moved.iloc[0]['reference_date']:%d %B %Y}: at {count(len(beyond))} of "
                f"{count(len(moved))} dates the score has moved by more than chance explains. Below 0.1 is little, "
                "above 0.25 is much."
            )
            show.table(
                show.rounded(moved, 3),
                f"drift-{score}",
                "Drift of the score by date",
                headers={"psi": "PSI", "psi_by_chance": "PSI by chance", "as_of_date": "date"},
            )

"""Look-ups of the demo: names, places, products and user agents. All people and brands are invented."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from strate.demo.personas import AREA_TYPES, COUNTRIES, PERSONAS
from strate.demo.rhythm import DAY, HOUR, START
from strate.demo.schema import TABLES


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FEMALE = _words(
    "Camille Léa Manon Chloé Inès Zoé Élise Margaux Nathalie Sophie Anna Lena Greta Heike Sabine Ute "
    "Olivia Emily Grace Charlotte Hannah Alice Julia Elena Marie Claire"
)
MALE = _words(
    "Hugo Lucas Théo Louis Antoine Julien Mathieu Olivier François Rémi Jonas Felix Lukas Jürgen Stefan "
    "Uwe Oliver Jack Harry George Thomas Adam David Marco Paul Simon"
)
LAST = _words(
    "Martin Bernard Dubois Moreau Laurent Lefèvre Garnier Faure Rousseau Chevalier Mercier Blanchard "
    "Gauthier Perrin Müller Schmidt Fischer Weber Becker Hoffmann Schäfer Krüger Vogel Keller Brunner "
    "Meier Smith Jones Taylor Brown Wilson Evans Walker Hughes Clarke Bennett Peeters Janssens Claes "
    "Maes Rossi Costa Silva Novak Kowalski Nielsen"
)
MAIL_DOMAINS = ("mail.example", "courriel.example", "post.example", "inbox.example", "boite.example")

CURRENCY = {"FR": "EUR", "DE": "EUR", "GB": "GBP", "US": "USD", "CH": "CHF", "BE": "EUR"}
PER_EURO = {"EUR": 1.0, "GBP": 0.86, "USD": 1.08, "CHF": 0.95}

# Spellings of each country in real extracts, the standard code first.
COUNTRY_SPELLINGS: dict[str, tuple[str, ...]] = {
    "FR": ("FR", "fr", "fra", "France", " france ", "FRANCE"),
    "DE": ("DE", "de", "DEU", "Germany", "Deutschland", " germany"),
    "GB": ("GB", "gb", "GBR", "United Kingdom", "UK", "Great Britain"),
    "US": ("US", "us", "USA", "United States", "usa ", "U.S."),
    "CH": ("CH", "ch", "CHE", "Switzerland", "Suisse", " Schweiz"),
    "BE": ("BE", "be", "BEL", "Belgium", "Belgique", " belgium "),
}

_CITIES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "FR": (
        ("75011", "Paris", "Île-de-France"),
        ("69003", "Lyon", "Auvergne-Rhône-Alpes"),
        ("33000", "Bordeaux", "Nouvelle-Aquitaine"),
        ("59000", "Lille", "Hauts-de-France"),
        ("44000", "Nantes", "Pays de la Loire"),
        ("13006", "Marseille", "Provence-Alpes-Côte d'Azur"),
        ("35000", "Rennes", "Bretagne"),
        ("01000", "Bourg-en-Bresse", "Auvergne-Rhône-Alpes"),
    ),
    "DE": (
        ("10115", "Berlin", "Berlin"),
        ("20095", "Hamburg", "Hamburg"),
        ("80331", "München", "Bayern"),
        ("50667", "Köln", "Nordrhein-Westfalen"),
        ("04109", "Leipzig", "Sachsen"),
    ),
    "GB": (
        ("M1 1AE", "Manchester", "North West"),
        ("LS1 4AP", "Leeds", "Yorkshire"),
        ("BS1 5TR", "Bristol", "South West"),
        ("EH1 1YZ", "Edinburgh", "Scotland"),
    ),
    "US": (
        ("02108", "Boston", "Massachusetts"),
        ("60601", "Chicago", "Illinois"),
        ("98101", "Seattle", "Washington"),
    ),
    "CH": (("1201", "Genève", "Genève"), ("8001", "Zürich", "Zürich"), ("3011", "Bern", "Bern")),
    "BE": (
        ("1000", "Bruxelles", "Bruxelles"),
        ("2000", "Antwerpen", "Vlaanderen"),
        ("4000", "Liège", "Wallonie"),
    ),
}
_AREAS_PER_COUNTRY = {"FR": 42, "DE": 24, "GB": 18, "US": 12, "CH": 12, "BE": 12}


def _postal_code(country: str, seat: str, step: int) -> str:
    """Step from a city's code to a code of the same length nearby."""
    if country == "GB":
        return f"{seat[:-3]}{(int(seat[-3]) + step) % 10}{seat[-2:]}"
    return f"{int(seat) + step:0{len(seat)}d}"


def _build_areas() -> list[tuple[str, str, str, str, str, float]]:
    rows = []
    for country in COUNTRIES:
        cities = _CITIES[country]
        for number in range(_AREAS_PER_COUNTRY[country]):
            seat, city, region = cities[number % len(cities)]
            kind = AREA_TYPES[(number // len(cities) + number) % 3]
            code = _postal_code(country, seat, (number // len(cities)) * (1 if country == "GB" else 10))
            base = {"FR": 24_000, "DE": 27_000, "GB": 29_000, "US": 41_000, "CH": 52_000, "BE": 26_000}[country]
            factor = {"urban": 1.08, "suburban": 1.15, "rural": 0.88}[kind]
            income = round(base * factor * (0.9 + 0.02 * (number % 11)))
            rows.append((country, code, kind, region, city, float(income)))
    return rows


AREAS = _build_areas()
AREA_ROWS = {
    (c, t): np.array([i for i, a in enumerate(AREAS) if a[0] == country and a[2] == kind])
    for c, country in enumerate(COUNTRIES)
    for t, kind in enumerate(AREA_TYPES)
}

# Category: lowest and highest list price in euros, and the nouns of its products.
_CATEGORIES: dict[str, tuple[float, float, str]] = {
    "Fashion": (4, 260, "Shirt Dress Jacket Jeans Scarf Coat Skirt Sweater"),
    "Beauty": (4, 240, "Serum Cream Perfume Balm Mask Oil Palette Brush"),
    "Home": (4, 260, "Lamp Vase Blanket Cushion Candle Rug Mirror Tray"),
    "Grocery": (1.5, 45, "Tea Coffee Honey Pasta Chocolate Oil Spices Jam"),
    "Accessories": (1.5, 45, "Case Socks Cap Keyring Wallet Charger Strap Pouch"),
    "Furniture": (30, 1800, "Sofa Table Desk Chair Bed Shelf Cabinet Bench"),
    "Electronics": (30, 1800, "Laptop Phone Headset Camera Speaker Tablet Screen Console"),
    "Toys": (4, 140, "Puzzle Train Doll Blocks Kite Robot Game Drum"),
    "Sports": (4, 160, "Racket Ball Mat Helmet Rope Bottle Shoes Bag"),
}
CATEGORIES = tuple(_CATEGORIES)
_BRANDS = _words("Alder Brume Corail Dune Ecume Falaise Givre Halo")
N_PRODUCTS = 120


def _build_products() -> tuple[list[tuple[str, str, str, float, float]], dict[str, np.ndarray]]:
    rows: list[tuple[str, str, str, float, float]] = []
    index: dict[str, np.ndarray] = {}
    for number, (category, (low, high, nouns)) in enumerate(_CATEGORIES.items()):
        size = N_PRODUCTS // len(_CATEGORIES) + (number < N_PRODUCTS % len(_CATEGORIES))
        index[category] = np.arange(len(rows), len(rows) + size)
        for step in range(size):
            price = low * (high / low) ** (step / (size - 1))
            price = round(price) - 0.05 if price >= 10 else round(price * 10) / 10 - 0.01
            noun = nouns.split()[step % 8]
            brand = _BRANDS[(step * 3 + number) % len(_BRANDS)]
            cost = round(price * (0.45 + 0.02 * ((step * 5 + number) % 9)), 2)
            rows.append((f"{brand} {noun} {step + 1}", category, brand, round(price, 2), cost))
    return rows, index


PRODUCTS, PRODUCT_ROWS = _build_products()
LIST_PRICES = np.array([p[3] for p in PRODUCTS])
PERSONA_CATEGORIES = [[CATEGORIES.index(c) for c in p.categories] for p in PERSONAS]

# Short forms of what browsers say, so that the seeds stay small.
USER_AGENTS: dict[str, tuple[str, ...]] = {
    "desktop": ("Mozilla/5.0 (Windows)", "Mozilla/5.0 (Macintosh)", "Mozilla/5.0 (X11; Linux)"),
    "mobile": ("Mozilla/5.0 (iPhone)", "Mozilla/5.0 (Android)"),
    "tablet": ("Mozilla/5.0 (iPad)",),
}
BOT_AGENTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1)",
    "Mozilla/5.0 (compatible; bingbot/2.0)",
    "Mozilla/5.0 HeadlessChrome/124.0",
    "python-requests/2.32",
)


def products_table() -> pa.Table:
    """Build the products as the ERP holds them, one row each, without dirt."""
    updated = START - 30 * DAY + np.arange(N_PRODUCTS) * 7 * DAY + 9 * HOUR
    updated[-1] = START + 1095 * DAY + 6 * HOUR  # the last day of the data
    columns = [
        [f"P{i + 1:04d}" for i in range(N_PRODUCTS)],
        [p[0] for p in PRODUCTS],
        [p[1] for p in PRODUCTS],
        [p[2] for p in PRODUCTS],
        [p[4] for p in PRODUCTS],
        updated,
    ]
    schema = TABLES["erp_products"]
    return pa.table([pa.array(c).cast(f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def areas_table() -> pa.Table:
    """Build the geographic areas, one row each, without dirt."""
    updated = START + (np.arange(len(AREAS)) % 9) * 120 * DAY + 5 * HOUR
    updated[-1] = START + 1095 * DAY + 5 * HOUR
    columns = [
        [f"{a[0]}-{a[1].replace(' ', '')}" for a in AREAS],
        [a[0] for a in AREAS],
        [a[1] for a in AREAS],
        [a[2] for a in AREAS],
        [a[3] for a in AREAS],
        [a[5] for a in AREAS],
        updated,
    ]
    schema = TABLES["geo_areas"]
    return pa.table([pa.array(c).cast(f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)

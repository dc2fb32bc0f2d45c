"""Requests of persons: erasure with proof, and a copy of what is known of them."""

from strate.persons.erase import Erasure, Places, erase
from strate.persons.export import FORMATS, Export, export_person
from strate.persons.request import KINDS, Request, requests_of
from strate.persons.words import explain

__all__ = [
    "FORMATS",
    "KINDS",
    "Erasure",
    "Export",
    "Places",
    "Request",
    "erase",
    "explain",
    "export_person",
    "requests_of",
]

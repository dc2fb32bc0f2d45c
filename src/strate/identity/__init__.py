"""Probabilistic matching of accounts: who is who where no identifier is shared."""

from strate.identity.fields import DEFAULT_FIELDS, KINDS
from strate.identity.match import Matching, match_accounts, match_pairs

__all__ = ["DEFAULT_FIELDS", "KINDS", "Matching", "match_accounts", "match_pairs"]

"""Demo data: customers with planted personas and the dirt of real extracts, deterministic for a seed."""

from strate.demo.generator import Generator, Volume
from strate.demo.writers import write_demo, write_seeds

__all__ = ["Generator", "Volume", "write_demo", "write_seeds"]

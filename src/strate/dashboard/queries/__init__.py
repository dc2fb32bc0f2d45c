"""Questions that the pages ask of the published copy, by page.

Each takes a connection first and returns plain values or a frame. All that comes from an address is a parameter of the
query, or was looked up among columns that are there.
"""

"""Who is behind an id: what one of our servers tells the other, for the pages of administrators."""

MOST = 100
"""People who are asked about at once."""

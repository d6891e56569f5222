"""Names that tools of earlier systems had: calls by them work, and they are listed where a setting says so."""

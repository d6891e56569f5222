"""How the server fares and what it does beside requests: counts, overview, upkeep."""

"""The protocol, one specification a file: no routes, no templates."""

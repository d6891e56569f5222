"""The documentation; generate.py writes what the code knows best."""

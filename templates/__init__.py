"""The pages' templates and the stylesheet, as package data."""

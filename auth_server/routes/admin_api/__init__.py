"""The administration API: one module per kind of thing, each route on the domain function that its page uses too."""

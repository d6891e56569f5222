"""Servers behind the gateway: real ones on loopback and in processes, called through real doors."""

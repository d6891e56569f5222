"""Namespaces that several people share: a vault of their own each, members with roles, one store over all."""

"""The schema of the authorization server, revision by revision (Alembic)."""

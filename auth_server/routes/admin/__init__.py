"""The pages for administrators: one module per kind of thing."""

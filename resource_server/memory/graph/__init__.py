"""The graph of a person's memory: entities, typed and dated edges, and what is used together."""

"""Other MCP servers behind this one: whose they are, how they are reached, and what of them is shown and called."""

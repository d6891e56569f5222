"""A server with everything that the MCP conformance suite asks of one, in both eras."""

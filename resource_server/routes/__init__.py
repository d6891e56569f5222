"""What the resource server answers beside MCP."""

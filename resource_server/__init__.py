"""The resource server: MCP for every protocol revision, memories, later the gateway."""

"""Streamable HTTP in front of the MCP SDK: what is let through to it, and in which form."""

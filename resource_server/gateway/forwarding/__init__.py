"""Calls passed on to modern servers over HTTP (MCP 2026-07-28): each a request of its own, without a conversation."""

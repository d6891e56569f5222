"""OAuth to servers behind the gateway, for one person and server each (MCP, authorization): one RFC a file."""

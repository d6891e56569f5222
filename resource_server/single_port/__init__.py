"""One port for both servers: what belongs to the authorization server is streamed to it, unchanged."""

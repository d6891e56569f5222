"""OAuth to servers behind the gateway."""

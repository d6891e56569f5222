"""What the authorization server answers to, one file a topic."""

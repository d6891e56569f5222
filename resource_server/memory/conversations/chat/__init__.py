"""What a language model may add, where an endpoint is set: summaries and traits, in the background, never trusted."""

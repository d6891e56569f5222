"""The pages about a person's own account, one file a page."""

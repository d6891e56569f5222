"""Pages of the resource server for people who are signed in."""

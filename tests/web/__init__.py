"""The pages of the resource server, through the browser."""

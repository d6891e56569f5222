"""The `ostiary` command: starts both servers and administers them."""

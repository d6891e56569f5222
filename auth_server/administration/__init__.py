"""What administrators do: one function for each act, which pages, the API and commands share."""

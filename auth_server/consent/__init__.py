"""The decision about one app: what is offered, what is shown, what was chosen, and that it counts once."""

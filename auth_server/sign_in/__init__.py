"""Signing in: the attempt, its limits, its cookies, and the proof that somebody just did."""

"""The authorization server: signs people in, asks consent, issues tokens."""

"""Who calls and what they may do now: tokens, grants, the change feed, challenges."""

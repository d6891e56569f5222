"""`ostiary` as a real process without the two seconds of imports: a process that has them all forks it."""

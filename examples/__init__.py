"""Small programs that show how to talk to Ostiary."""

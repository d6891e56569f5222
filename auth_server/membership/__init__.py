"""How an account comes to be, gets its password again, is copied out, and ends."""

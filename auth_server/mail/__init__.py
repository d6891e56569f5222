"""E-mail: what is written, how it looks, and how it leaves."""

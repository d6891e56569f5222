"""What people say of themselves, found by rules in their own words: a language a file."""

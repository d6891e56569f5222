"""What a person's apps remember: one encrypted vault a person, searched by words and by meaning."""

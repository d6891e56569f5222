"""What mattered for security: written as a chain, searched, verified, told in sentences."""

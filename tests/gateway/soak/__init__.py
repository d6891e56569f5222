"""The gateway among servers that do what they should not, for as long as one likes."""

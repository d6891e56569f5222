"""What stops a start."""


class CannotStartError(ValueError):
    """A setting, file or key is unusable; the text is one line that names what to change."""

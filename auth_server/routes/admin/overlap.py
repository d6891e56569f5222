"""How long an old secret works beside the new one, as the field of admin/overlap.html says it."""

from datetime import timedelta

from shared.forms import Form


def overlap_in(form: Form) -> timedelta | None:
    """None for what is no number of hours: it leaves no overlap that could surprise."""
    hours = form.one("overlap_hours")
    return timedelta(hours=int(hours)) if hours.isascii() and hours.isdigit() and len(hours) <= 4 else None

"""The fields of a form that a page of ours sent."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs

MAX_BYTES = 128 * 1024
MAX_FIELDS = 1000


@dataclass(frozen=True)
class Form:
    """The fields of one `application/x-www-form-urlencoded` body, each text that may repeat."""

    fields: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def one(self, name: str) -> str:
        """The field's only value, else empty: what comes twice was not sent by our page."""
        values = self.fields.get(name, [])
        return values[0] if len(values) == 1 else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value, in the order of the page."""
        return tuple(self.fields.get(name, ()))


def parse_form(body: bytes) -> Form:
    """Raises ValueError for more than 1,000 fields."""
    return Form(parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS))

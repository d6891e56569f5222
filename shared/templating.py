"""The rules of every template of ours; what one compiles to is kept for as long as the process lives."""

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket


class _KeptInMemory(BytecodeCache):
    """Pages, letters and several applications in one process compile a template once."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fills the bucket with what its template compiled to before; Jinja compares the template's checksum."""
        if (code := self._kept.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what was just compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _KeptInMemory()


def template_environment(folder: str = "") -> Environment:
    """Templates below `templates/<folder>`: all but plain text is escaped, and a name that is not given is an error."""
    return Environment(
        loader=PackageLoader("templates", folder),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )

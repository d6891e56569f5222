"""A person's own questions: a file of JSON Lines, or one JSON list, of questions with the memories that answer them.

A file may bring memories of its own; they are written as `memory_store` takes them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from cli.memory_bench.questions import Hit, Question
from resource_server.context.caller import ToolError
from resource_server.memory.records import Draft, Source
from resource_server.tools import finding_arguments as only
from resource_server.tools import memory_arguments as arg
from resource_server.tools.conversation_arguments import Kind
from resource_server.tools.instants import Moment, instant_of
from resource_server.tools.keeping_arguments import SourceOfWords
from shared.authorization_details import DEFAULT_NAMESPACE

FORMAT = "a file of questions is one JSON object a line, or one JSON list of them"
UNNAMED = "questions"
MOST_EXPECTED = 20


class UnreadableGoldenError(ValueError):
    """The file is not in the format; the text names the place, and what is wrong there."""


class Expectation(BaseModel):
    """One memory: by its key, by its id, or by words that its text holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: arg.Key = None
    id: arg.MemoryId = None
    text: Annotated[arg.Words | None, Field(max_length=arg.MAX_TEXT)] = None

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if len(self.as_plain()) != 1:
            raise ValueError("must be one of key, id and text")
        return self

    def as_plain(self) -> dict[str, str]:
        """What it says, by its name."""
        return self.model_dump(exclude_none=True)

    def is_met_by(self, hit: Hit) -> bool:
        """Whether this is the memory, or it was folded into this one."""
        if self.text is not None:
            return _plain(self.text) in _plain(_unmarked(hit))
        return hit["key"] == self.key if self.key is not None else self.id in (hit["id"], *hit["alike"])


def each_expected(value: object) -> object:
    """One stands for a list of one, and words alone are words of the text."""
    listed = value if isinstance(value, list) else [value]
    return [{"text": one} if isinstance(one, str) else one for one in listed]


Expectations = Annotated[
    tuple[Expectation, ...], Field(min_length=1, max_length=MOST_EXPECTED), BeforeValidator(each_expected)
]


class GoldenQuestion(BaseModel):
    """A search, narrowed by the arguments of `memory_search`, and what answers it."""

    model_config = ConfigDict(extra="forbid")
    question: arg.Query
    expect: Expectations
    category: Annotated[arg.Words, Field(max_length=arg.MAX_TAG)] = UNNAMED
    namespace: arg.Namespace = None
    tags: arg.TagFilter = ()
    kinds: only.Kinds = ()
    since: only.Since = None
    until: only.Until = None
    timezone: only.Timezone = "UTC"
    app: only.ByApp = None
    conversation: only.Conversation = None
    as_of: only.AsOf = None

    @model_validator(mode="after")
    def _spans_some_time(self) -> Self:
        try:
            only.moments(self.since, self.until, self.as_of, self.timezone)
        except ToolError as wrong:
            raise ValueError(str(wrong)) from None
        return self

    @property
    def asked(self) -> Question:
        """What a bench asks."""
        arguments = self.model_dump(exclude={"question", "expect", "category"}, exclude_unset=True)
        return Question(self.question, tuple(dict.fromkeys(self.expect)), self.category, arguments)


class GoldenMemory(BaseModel):
    """A memory for a vault that goes away."""

    model_config = ConfigDict(extra="forbid")
    text: arg.Text
    namespace: arg.Namespace = None
    key: arg.Key = None
    tags: arg.Tags = ()
    importance: arg.Importance = 0.5
    metadata: arg.Metadata = None
    kind: Kind = "note"
    conversation: only.Conversation = None
    source: SourceOfWords | Literal["imported"] = "written"
    happened_at: Moment | None = None
    app: Annotated[arg.Words, Field(max_length=arg.MAX_KEY)] = "bench"

    @property
    def draft(self) -> Draft:
        """What a store takes."""
        return Draft(
            self.namespace or DEFAULT_NAMESPACE,
            self.text,
            self.key,
            self.tags,
            self.importance,
            self.metadata or {},
            happened_at=instant_of(self.happened_at) if self.happened_at is not None else None,
            kind=self.kind,
            conversation=self.conversation,
            source=Source(self.source),
        )


@dataclass(frozen=True)
class Golden:
    """What a file asks, and the memories it brings, none where it asks a person's own."""

    questions: tuple[Question, ...]
    memories: tuple[GoldenMemory, ...]


def read(path: Path) -> Golden:
    """Raises UnreadableGoldenError, and OSError for a file that cannot be read."""
    questions, memories = [], []
    for place, entry in _entries(path):
        if isinstance(entry, dict) and "text" in entry:
            memories.append(_validated(GoldenMemory, entry, place))
        else:
            questions.append(_validated(GoldenQuestion, entry, place).asked)
    if not questions:
        raise UnreadableGoldenError(f"no question in it; {FORMAT}")
    return Golden(tuple(questions), tuple(memories))


def _entries(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableGoldenError("it is not in UTF-8") from None
    if text.lstrip().startswith("["):
        yield from ((f"entry {number}", one) for number, one in enumerate(_decoded(text, 1), 1))
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"line {number}", _decoded(line, number)


def _decoded(text: str, line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        raise UnreadableGoldenError(f"line {line + wrong.lineno - 1}: no JSON ({wrong.msg}); {FORMAT}") from None
    except (ValueError, RecursionError):
        raise UnreadableGoldenError(f"line {line}: no JSON; {FORMAT}") from None


Entry = TypeVar("Entry", bound=BaseModel)


def _validated(kind: type[Entry], entry: object, place: str) -> Entry:
    try:
        return kind.model_validate(entry)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        raise UnreadableGoldenError(f"{place}: {field}: {message}" if field else f"{place}: {message}") from None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _unmarked(hit: Hit) -> str:
    text: str = hit["text"]
    return text.removeprefix("> ").replace("\n> ", "\n") if hit["untrusted"] else text

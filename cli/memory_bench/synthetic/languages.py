"""Other languages: questions in the language of the memory, and in English about memories in others."""

from collections.abc import Iterator, Sequence

from cli.memory_bench.bench_vault import BenchVault
from cli.memory_bench.questions import Asked, Labelled, Question
from cli.memory_bench.synthetic.checks import Check
from cli.memory_bench.synthetic.phrases import PHRASES
from cli.memory_bench.synthetic.words import everyday
from resource_server.memory.records import Draft

NUMBER = "number"


def checks(vault: BenchVault) -> Iterator[Check]:
    """One a question: one divided by the place of its memory. The same eight facts lie there in every language."""
    vault.fill(everyday("languages", 20))
    for language, phrases in PHRASES.items():
        vault.fill(_drafts(language, [memory for memory, _ in phrases]))
    for language, phrases in PHRASES.items():
        questions = [_question(language, number, question, {}) for number, (_, question) in enumerate(phrases)]
        yield from _scored(language.capitalize(), vault.ask(questions))
    english = [question for _, question in PHRASES["english"]]
    for language in list(PHRASES)[1:]:
        questions = [
            _question(language, number, question, {"namespace": language}) for number, question in enumerate(english)
        ]
        yield from _scored(f"{language.capitalize()}, asked in English", vault.ask(questions))


def _drafts(language: str, memories: Sequence[str]) -> list[Draft]:
    return [Draft(language, text, metadata={NUMBER: _name(language, number)}) for number, text in enumerate(memories)]


def _question(language: str, number: int, text: str, arguments: dict[str, str]) -> Question:
    return Question(text, (Labelled(NUMBER, _name(language, number)),), language, arguments)


def _scored(part: str, asked: Sequence[Asked]) -> Iterator[Check]:
    for one in asked:
        yield Check(part, one.question.text, one.reciprocal_rank)


def _name(language: str, number: int) -> str:
    return f"{language} {number}"

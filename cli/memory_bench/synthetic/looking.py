"""Every tool by which a memory could come to light, and what each of them shows of one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cli.memory_bench.bench_vault import BenchVault, ToolRefusedError

MOST_SHOWN = 50
LONG_AGO = "2000-01-01T00:00:00Z"


@dataclass(frozen=True)
class Trace:
    """A memory to look for: a word that stands in it alone, and what else names it.

    `beside` is a memory that stays, to ask what hangs together with it.
    """

    word: str
    query: str
    id: str = ""
    key: str = ""
    beside: str = ""


def looks(trace: Trace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tools with their arguments, as an app would ask for what is remembered now."""
    wide = {"limit": MOST_SHOWN}
    yield "memory_search", {"query": trace.query, **wide}
    yield "memory_search", {"query": trace.word, **wide, "fold_alike": False}
    yield "memory_recall", {"query": trace.query, **wide}
    yield "memory_list", wide
    yield "search", {"query": trace.query}
    yield "retrieve_memory", {"query": trace.query, "max_results": MOST_SHOWN}
    yield "get_user_profile", {}
    yield "memory_timeline", {"time_range": "last_24h", **wide}
    yield "graph_query", {"node": trace.word}
    yield "graph_topics", wide
    yield "document_list", wide
    if trace.key:
        yield "memory_recall", {"key": trace.key}
        yield "graph_query", {"node": trace.key}
    if trace.id.startswith("mem_"):
        yield "fetch", {"id": trace.id}
        yield "memory_related", {"memory": trace.id}
        yield "graph_query", {"node": trace.id}
    if trace.id.startswith("doc_"):
        yield "document_read", {"document_id": trace.id}
    if trace.beside:
        yield "memory_related", {"memory": trace.beside, "hops": 3, **wide}
        yield "graph_query", {"node": trace.beside, "depth": 3}


def past_looks(trace: Trace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tools that tell of what was, deleted or not, to who may read it."""
    if trace.id.startswith("mem_"):
        yield "memory_history", {"id": trace.id}
    yield "memory_diff", {"since": LONG_AGO, "limit": MOST_SHOWN}
    yield "memory_trash", {"limit": MOST_SHOWN}
    yield "memory_ledger", {"limit": MOST_SHOWN}


def shows(vault: BenchVault, tool: str, arguments: Mapping[str, Any], word: str) -> bool:
    """Whether the word stands anywhere in the answer; a refusal shows nothing."""
    return word.casefold() in answered(vault, tool, arguments).casefold()


def answered(vault: BenchVault, tool: str, arguments: Mapping[str, Any]) -> str:
    """The answer as JSON, empty for a refusal."""
    try:
        return json.dumps(vault.call(tool, **arguments), ensure_ascii=False)
    except ToolRefusedError:
        return ""


def showing(vault: BenchVault, trace: Trace) -> list[tuple[str, dict[str, Any]]]:
    """The looks that bring it to light; only of these it says something that they no longer do."""
    return [(tool, given) for tool, given in looks(trace) if shows(vault, tool, given, trace.word)]

"""G30: the example of a chat over plain HTTP, run as its README says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.rest.plain_apps import PlainApp, plain_app
from tests.servers import serving

PATIENCE = 60


@pytest.fixture
def app(doors: Doors, behind: Behind, upstream_url: str) -> PlainApp:
    """A program that may use every server; there is one, `fix`."""
    behind.http("fix", upstream_url)
    app = plain_app(doors)
    wait_until(lambda: app.tools())
    return app


@pytest.fixture
def model_url() -> Iterator[str]:
    """A model that adds two numbers with the first tool it is offered, and repeats what came of it."""

    async def complete(request: Request) -> JSONResponse:
        asked: dict[str, Any] = await request.json()
        last = asked["messages"][-1]
        message: dict[str, Any] = {"role": "assistant", "content": f"It is {last['content']}."}
        if last["role"] == "user":
            called = {"name": asked["tools"][0]["function"]["name"], "arguments": json.dumps({"one": 2, "two": 3})}
            message = {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": called}]}
        return JSONResponse({"choices": [{"message": message}]})

    with serving(Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])) as origin:
        yield f"{origin}/v1"


def chat(app: PlainApp, said: str, *options: str) -> str:
    """What it prints."""
    ended = subprocess.run(
        [sys.executable, "-m", "examples.http_chat", "--url", app.origin, *options],
        env=os.environ | {"GATEWAY_KEY": app.secret},
        input=said,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_chat_lets_a_model_call_a_tool(app: PlainApp, model_url: str) -> None:
    """G30."""
    said = chat(app, "add two numbers\n", "--chat-url", model_url, "--model", "m")
    assert "(fix__add" in said
    assert "It is 5." in said


def test_the_chat_lets_a_person_choose(app: PlainApp) -> None:
    said = chat(app, 'add two numbers\n1\n{"one": 2, "two": 4}\n\n')
    assert "1. fix__add: Adds two numbers." in said
    assert "args> 6" in said


def test_a_chat_in_a_session_leaves_nothing_behind(app: PlainApp) -> None:
    chat(app, "add two numbers\n\n\n", "--session")
    assert app.get("/sessions").json()["sessions"] == []

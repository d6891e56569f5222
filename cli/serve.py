"""`ostiary serve auth` and `ostiary serve mcp`: one server in this process."""

import gc
import os
import socket
import sys
import threading
from typing import Annotated, Final

import typer
import uvicorn
from starlette.applications import Starlette

from cli.collecting import collect_seldom
from cli.connections import Connection
from cli.descriptors import raise_descriptor_limit
from cli.failures import load, readable_failures, stop
from cli.options import DataDir, set_environment
from cli.sockets import PortTakenError, listen
from cli.unknown_settings import warn_of_unknown_settings
from shared.logging import configure_logging

GRACE_SECONDS: Final = 5
"""How long requests in flight may take when the server ends; open streams are closed then."""

Host = Annotated[str | None, typer.Option(help="Name or address to listen on; localhost means both families.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.")]
Inherited = Annotated[
    list[int] | None, typer.Option("--fd", hidden=True, help="A listening socket the supervisor has opened.")
]

app = typer.Typer(no_args_is_help=True, help="Run one of the two servers in the foreground.")


@app.command("auth")
def serve_auth(data_dir: DataDir = None, host: Host = None, port: Port = None, fd: Inherited = None) -> None:
    """Run the authorization server."""
    _warn_unless_a_child(fd)
    gc.disable()
    set_environment(OSTIARY_DATA_DIR=data_dir, OSTIARY_AUTH_HOST=host, OSTIARY_AUTH_PORT=port)
    from auth_server.app import create_app
    from auth_server.settings import Settings
    from cli.generated_keys import show_generated_keys

    settings = load(Settings)
    configure_logging(settings.log_level, "auth")
    sockets = _sockets(settings.host, settings.port, fd, "OSTIARY_AUTH_PORT")
    with readable_failures():
        built = create_app(settings)
    if not fd:
        show_generated_keys(built.state.services.engine, settings)
    run(built, sockets, until_stdin_closes=bool(fd))


@app.command("mcp")
def serve_mcp(data_dir: DataDir = None, host: Host = None, port: Port = None, fd: Inherited = None) -> None:
    """Run the resource server, which speaks MCP."""
    _warn_unless_a_child(fd)
    gc.disable()
    set_environment(OSTIARY_DATA_DIR=data_dir, OSTIARY_RESOURCE_HOST=host, OSTIARY_RESOURCE_PORT=port)
    from resource_server.app import create_app
    from resource_server.settings import Settings

    settings = load(Settings)
    configure_logging(settings.log_level, "mcp")
    sockets = _sockets(settings.host, settings.port, fd, "OSTIARY_RESOURCE_PORT")
    with readable_failures():
        built = create_app(settings)
    run(built, sockets, until_stdin_closes=bool(fd))


class Server(uvicorn.Server):
    """Lets the application end what could go on for ever before it waits for the requests in flight."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called once, when the process was asked to end."""
        self._app.state.begin_ending()
        await super().shutdown(sockets)


def run(app: Starlette, sockets: list[socket.socket], *, until_stdin_closes: bool) -> None:
    """Serves until SIGTERM, SIGINT or, under the supervisor, until it is gone."""
    raise_descriptor_limit()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Connection,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,  # request lines carry query strings
        proxy_headers=False,  # shared.proxies does this, for configured proxies only
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config, app)
    collect_seldom()  # not at all until here: while all is being imported, that takes a fifth of the time
    if until_stdin_closes:
        threading.Thread(target=_end_with_parent, args=[server], daemon=True).start()
    try:
        server.run(sockets)
    except KeyboardInterrupt:
        return  # uvicorn has already shut down and repeats the signal


def _warn_unless_a_child(inherited: list[int] | None) -> None:
    """The supervisor has said it once for both."""
    if not inherited:
        warn_of_unknown_settings()


def _sockets(host: str, port: int, inherited: list[int] | None, variable: str) -> list[socket.socket]:
    if inherited:
        return [socket.socket(fileno=fd) for fd in inherited]
    try:
        return listen(host, port)
    except PortTakenError as taken:
        stop(f"{taken}; choose another with {variable}")
    except OSError as wrong:
        stop(str(wrong))


def _end_with_parent(server: uvicorn.Server) -> None:
    """The supervisor holds the other end of our stdin and never writes: end of file means that it is gone."""
    sys.stdin.buffer.read()
    server.should_exit = True
    threading.Event().wait(2 * GRACE_SECONDS)
    os._exit(1)  # a stuck event loop would leave an orphan that keeps the port

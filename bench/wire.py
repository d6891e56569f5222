"""HTTP/1.1 over one kept connection, with little of its own: it shares two cores with what it measures."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

Job = Callable[[], Awaitable[None]]

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """Status, the head as it came, and the body."""

    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name, else empty."""
        wanted = name.lower()
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((value.strip() for key, _, value in lines if key.lower() == wanted), "")


@dataclass
class Wire:
    """One connection to `port`, and the cookies of one browser. `headers` go with every request."""

    port: int
    headers: Mapping[str, str]
    cookies: dict[str, str] = field(default_factory=dict)

    async def open(self) -> "Wire":
        """Connects."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    def close(self) -> None:
        """Ends the connection."""
        self.writer.close()

    async def get(self, target: str) -> Answer:
        """One GET."""
        return await self.send(f"GET {target} HTTP/1.1\r\n{self._lines()}\r\n".encode())

    async def post(self, target: str, form: Mapping[str, object]) -> Answer:
        """One form."""
        return await self.send(self.form(target, form))

    def form(self, target: str, form: Mapping[str, object]) -> bytes:
        """The bytes of a POST, to be sent as often as wanted."""
        body = urlencode(form, doseq=True).encode()
        lines = f"{self._lines()}Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n"
        return f"POST {target} HTTP/1.1\r\n{lines}\r\n".encode() + body

    async def send(self, request: bytes) -> Answer:
        """What comes back for these bytes."""
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next((line[15:] for line in head.split("\r\n") if line.lower().startswith("content-length:")), "0")
        body = await self.reader.readexactly(int(length))
        self._keep_cookies(head)
        return Answer(int(head[9:12]), head, body)

    async def follow(self, here: str, answer: Answer, until: str) -> str:
        """Goes on from page to page until the address begins with `until`; gives that address."""
        while answer.status in (302, 303):
            target = urljoin(here, answer.header("location"))
            if target.startswith(until):
                return target
            parts = urlsplit(target)
            here, answer = target, await self.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        return here

    def _lines(self) -> str:
        given = dict(self.headers)
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return "".join(f"{name}: {value}\r\n" for name, value in given.items())

    def _keep_cookies(self, head: str) -> None:
        for line in head.split("\r\n"):
            if line.lower().startswith("set-cookie:"):
                for name, morsel in SimpleCookie(line[11:].strip()).items():
                    self.cookies[name] = morsel.value


async def rate(jobs: Sequence[Job], seconds: float) -> float:
    """How often a second the jobs are done: all of them at once, each again and again."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds

    async def repeat(job: Job) -> int:
        count = 0
        while loop.time() < deadline:
            await job()
            count += 1
        return count

    counts = await asyncio.gather(*(repeat(job) for job in jobs))
    return sum(counts) / seconds

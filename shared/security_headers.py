"""Response headers every answer carries; pages add their Content-Security-Policy (OWASP secure headers)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
}
HSTS = "max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """Adds what is missing; a route that set a header itself keeps its own."""

    def __init__(self, app: ASGIApp, *, https: bool, referrer_policy: str, content_security_policy: str) -> None:
        self.app = app
        headers = ALWAYS | {
            "Referrer-Policy": referrer_policy,
            "Content-Security-Policy": content_security_policy,
        }
        if https:
            headers["Strict-Transport-Security"] = HSTS
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.names = {name for name, _ in self.headers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                named = {name.lower() for name, _ in given}
                is_other = named.isdisjoint(self.names)
                added = self.headers if is_other else [one for one in self.headers if one[0] not in named]
                message = {**message, "headers": [*given, *added]}
            await send(message)

        await self.app(scope, receive, send_with_headers)

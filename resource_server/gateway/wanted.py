"""What somebody has to do before a server takes calls. A server that answers 401 is not down: it wants a credential."""

from enum import Enum, auto


class Wants(Enum):
    """What is wanted, and of whom."""

    CONNECTION = auto()
    """The person connects the server, or connects it again (OAuth)."""
    MORE = auto()
    """The person allows more than they did (RFC 6750 §3.1, insufficient_scope)."""
    ENTRY = auto()
    """The person enters a header or variable of their own, or another one."""
    ADMINISTRATOR = auto()
    """Who runs this installation gives the server another credential."""
    APP = auto()
    """The app that brought the server into its session brings it again, with a credential."""

    @property
    def has_page(self) -> bool:
        """Whether the person can give it, on a page of theirs."""
        return self not in (Wants.ADMINISTRATOR, Wants.APP)


BRING_AGAIN = (
    "The app may remove it from the session and add it again with headers that it takes. "
    "In a session nobody signs in to a server; one that people sign in to is added for a person, or for everybody."
)


class CredentialWantedError(Exception):
    """Nothing but a credential is in the way. `again` says that there was one."""

    def __init__(self, server: str, wants: Wants, *, again: bool = False) -> None:
        super().__init__(server)
        self.server = server
        self.wants = wants
        self.again = again

    @property
    def said(self) -> str:
        """One sentence, without the address."""
        match self.wants:
            case Wants.ADMINISTRATOR:
                return f"{self.server} refuses the credential that it gets from this installation, or wants one (401)."
            case Wants.APP:
                return f"{self.server} refuses what the app brought along for it, or wants a credential (401)."
            case Wants.MORE:
                return f"{self.server} wants a wider permission for this than the person gave."
            case _:
                return f"The person has to connect {self.server} {'again' if self.again else 'first'}."

    def page(self, origin: str) -> str:
        """The absolute address where the person gives it; empty where they cannot."""
        if not self.wants.has_page:
            return ""
        page = f"{origin}/servers/{self.server}"
        return page if self.wants is Wants.ENTRY else f"{page}/connect"

    def told(self, origin: str) -> str:
        """For who calls: what is wanted, where, and what to do then."""
        page = self.page(origin)
        if self.wants is Wants.APP:
            return f"{self.said} {BRING_AGAIN}"
        if not page:
            return f"{self.said} Whoever added it has to enter another one."
        return f"{self.said} Give them this link, and call again when they are done: {page}"

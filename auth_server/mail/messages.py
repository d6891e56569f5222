"""Letters as messages: text with an HTML alternative, and headers that nobody's input can break (RFC 5322 §2.2)."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import localtime, make_msgid

from auth_server.mail.letters import Letter
from shared.clock import now
from shared.templating import template_environment


class Messages:
    """Draws letters that come from `sender`."""

    def __init__(self, sender: Address) -> None:
        self._sender = sender
        self._environment = template_environment("mail")

    def draw(self, letter: Letter) -> EmailMessage:
        """The whole message. Raises ValueError for what no header can hold, such as a line break."""
        message = EmailMessage()
        message["Subject"] = letter.subject
        message["From"] = self._sender
        message["To"] = recipient(letter.to)
        message["Date"] = localtime(now())
        message["Message-ID"] = make_msgid(domain=self._sender.domain)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no automatic answers
        message.set_content(self._environment.get_template("letter.txt").render(letter=letter))
        message.add_alternative(self._environment.get_template("letter.html").render(letter=letter), subtype="html")
        return message


def recipient(email: str) -> Address:
    """Exactly one address: commas, quotes and brackets in it are quoted, not read as a list."""
    username, _, domain = email.rpartition("@")
    return Address(username=username, domain=domain)

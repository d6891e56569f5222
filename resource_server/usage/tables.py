"""The table of calls, added up by the hour."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from shared.database import UtcDateTime


class ToolUse(SQLModel, table=True):
    """The calls of one tool by one app of a person within an hour that ended alike and took about as long.

    `server` is empty for our own tools. `latency` is the upper bound of the class, in milliseconds. `client_name` is
    what the app called itself last. Sizes are characters of arguments
    and of answers.
    """

    __tablename__ = "tool_uses"

    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    user_id: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    server: str = Field(primary_key=True)
    tool: str = Field(primary_key=True)
    outcome: str = Field(primary_key=True)
    latency: int = Field(primary_key=True)
    client_name: str = ""
    calls: int = 0
    milliseconds: int = 0
    size_in: int = 0
    size_out: int = 0

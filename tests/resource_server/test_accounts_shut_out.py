"""What an administrator shuts out is refused at the MCP endpoint within five seconds, and works again afterwards."""

import time

from sqlmodel import select

from auth_server.administration.accounts import disable_account, enable_account
from auth_server.models import Client, User
from auth_server.trust.client_verdicts import block_client, unblock_client
from tests.doors import BOTH, Doors, Person, wait_until
from tests.key_holders import auth_session, key_of

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
PROMISED = 5


def account_of(doors: Doors, person: Person) -> str:
    """The id of somebody's account."""
    with auth_session(doors) as session:
        return session.exec(select(User.id).where(User.email == person.email)).one()


def test_nothing_of_a_disabled_account_works_until_it_is_enabled(doors: Doors) -> None:
    """Its app, its key, and a key of somebody else that acts in its name."""
    person, other = doors.person(), doors.person()
    user_id = account_of(doors, person)
    app, key = person.connect(), key_of(person, "own")
    acting = key_of(other, "acting", scope=f"{BOTH} impersonate")

    def statuses() -> list[int]:
        return [app.post(PING).status_code, key.status(), acting.status(X_User_ID=user_id), acting.status()]

    assert statuses() == [200, 200, 200, 200]
    with auth_session(doors) as session:
        disable_account(session, session.get_one(User, user_id))
    began = time.monotonic()
    wait_until(lambda: statuses() == [401, 401, 403, 200], PROMISED)
    assert time.monotonic() - began < PROMISED
    with auth_session(doors) as session:
        enable_account(session, session.get_one(User, user_id))
    wait_until(lambda: statuses() == [200, 200, 200, 200])


def test_a_blocked_app_is_refused_for_everybody_until_it_is_unblocked(doors: Doors) -> None:
    client_id = doors.register()
    apps = [doors.person().connect(client_id=client_id) for _ in range(2)]
    another = doors.person().connect()

    def statuses() -> list[int]:
        return [connection.post(PING).status_code for connection in (*apps, another)]

    assert statuses() == [200, 200, 200]
    with auth_session(doors) as session:
        block_client(session, session.get_one(Client, client_id))
    wait_until(lambda: statuses() == [401, 401, 200], PROMISED)
    with auth_session(doors) as session:
        unblock_client(session, session.get_one(Client, client_id))
    wait_until(lambda: statuses() == [200, 200, 200])

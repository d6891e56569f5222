"""Every scene: a topic with scenes in a module of its own adds them here."""

from tests.e2e import scenes
from tests.e2e.scenes_admin import ADMIN_SCENES
from tests.e2e.scenes_administration import ADMINISTRATION_SCENES
from tests.e2e.scenes_consent import CONSENT_SCENES
from tests.e2e.scenes_devices import DEVICE_SCENES
from tests.e2e.scenes_keys import KEY_SCENES
from tests.e2e.scenes_membership import MEMBERSHIP_SCENES
from tests.e2e.scenes_openid import OPENID_SCENES
from tests.e2e.scenes_own_account import OWN_ACCOUNT_SCENES
from tests.e2e.scenes_providers import PROVIDER_SCENES
from tests.e2e.scenes_security import SECURITY_SCENES
from tests.e2e.scenes_servers import SERVER_SCENES
from tests.e2e.scenes_servers_pages import SERVERS_PAGE_SCENES

SCENES = (
    *scenes.SCENES,
    *CONSENT_SCENES,
    *OWN_ACCOUNT_SCENES,
    *SECURITY_SCENES,
    *ADMIN_SCENES,
    *ADMINISTRATION_SCENES,
    *KEY_SCENES,
    *OPENID_SCENES,
    *PROVIDER_SCENES,
    *DEVICE_SCENES,
    *MEMBERSHIP_SCENES,
    *SERVER_SCENES,
    *SERVERS_PAGE_SCENES,
)

"""The count behind the quota of users: exact through creation, refusal, deletion and recycling."""

from alibabacloud_ims20190815 import models as im
from alibabacloud_ram20150501 import models as m
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount
from juyong.services.identity.users.tables import UserRow
from juyong.store.tally import TallyRow


def test_tally_follows_every_way_a_user_comes_and_goes(
    admin: Clients, server: Server, account: NewAccount
) -> None:
    def held() -> tuple[int, int]:
        row = server.running.store.call(
            lambda tx: tx.get(TallyRow, account.account_id, "ram.users")
        )
        counted = server.running.store.call(
            lambda tx: tx.count(UserRow, account_id=account.account_id)
        )
        assert row is not None
        return row.value, counted

    for name in ("a", "b", "c"):
        admin.ram.create_user(m.CreateUserRequest(user_name=name))
    assert held() == (4, 4)
    with refused("EntityAlreadyExists.User", 409):
        admin.ram.create_user(m.CreateUserRequest(user_name="a"))
    assert held() == (4, 4)
    admin.ram.delete_user(m.DeleteUserRequest(user_name="a"))
    assert held() == (3, 3)
    upn = f"b@{account.account_id}.onaliyun.com"
    user = admin.ims.get_user(im.GetUserRequest(user_principal_name=upn)).body.user
    admin.ims.delete_user(im.DeleteUserRequest(user_principal_name=upn))
    assert held() == (2, 2)
    admin.ims.restore_user_from_recycle_bin(
        im.RestoreUserFromRecycleBinRequest(user_id=user.user_id)
    )
    assert held() == (3, 3)

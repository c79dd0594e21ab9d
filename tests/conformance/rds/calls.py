"""One valid call of every operation that asks the database, for what they all have to refuse."""

from alibabacloud_rds20140815 import models as m

PASSWORD = "Any-passw0rd_here"


def on_server(instance: str, name: str, charset: str, privilege: str) -> dict:
    """Return operation name to (method, request)."""
    account = {"dbinstance_id": instance, "account_name": name}
    return {
        "CreateAccount": (
            "create_account",
            m.CreateAccountRequest(**account, account_password=PASSWORD),
        ),
        "ResetAccountPassword": (
            "reset_account_password",
            m.ResetAccountPasswordRequest(**account, account_password=PASSWORD),
        ),
        "DeleteAccount": ("delete_account", m.DeleteAccountRequest(**account)),
        "ModifyAccountDescription": (
            "modify_account_description",
            m.ModifyAccountDescriptionRequest(**account, account_description="none"),
        ),
        "CheckAccountNameAvailable": (
            "check_account_name_available",
            m.CheckAccountNameAvailableRequest(**account),
        ),
        "DescribeAccounts": (
            "describe_accounts",
            m.DescribeAccountsRequest(dbinstance_id=instance),
        ),
        "GrantAccountPrivilege": (
            "grant_account_privilege",
            m.GrantAccountPrivilegeRequest(**account, dbname=name, account_privilege=privilege),
        ),
        "RevokeAccountPrivilege": (
            "revoke_account_privilege",
            m.RevokeAccountPrivilegeRequest(**account, dbname=name),
        ),
        "DescribeDatabases": (
            "describe_databases",
            m.DescribeDatabasesRequest(dbinstance_id=instance),
        ),
        "CreateDatabase": (
            "create_database",
            m.CreateDatabaseRequest(
                dbinstance_id=instance, dbname=name, character_set_name=charset
            ),
        ),
        "DeleteDatabase": (
            "delete_database",
            m.DeleteDatabaseRequest(dbinstance_id=instance, dbname=name),
        ),
    }


OPERATIONS = tuple(on_server("", "", "", ""))

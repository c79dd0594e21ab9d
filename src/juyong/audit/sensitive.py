"""Which acts LookupEvents finds as sensitive: those that change who may do what."""

SENSITIVE = frozenset(
    {
        "CreateAccessKey",
        "DeleteAccessKey",
        "UpdateAccessKey",
        "CreateLoginProfile",
        "UpdateLoginProfile",
        "AttachPolicyToUser",
        "AttachPolicyToGroup",
        "AttachPolicyToRole",
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "UpdateRole",
        "SetPasswordPolicy",
        "SetSecurityPreference",
        "UnbindMFADevice",
        "DeleteVirtualMFADevice",
        "ScheduleKeyDeletion",
        "DisableKey",
    }
)

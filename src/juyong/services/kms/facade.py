"""What other services may call of the KMS: encryption under a key their customer names."""

from juyong.services.kms.crypto.for_services import (
    REFUSALS,
    KeyUse,
    ServiceDataKey,
    data_key,
    open_content,
    open_data_key,
    opening_needs,
    seal_content,
    sealing_needs,
)

__all__ = [
    "REFUSALS",
    "KeyUse",
    "ServiceDataKey",
    "data_key",
    "open_content",
    "open_data_key",
    "opening_needs",
    "seal_content",
    "sealing_needs",
]

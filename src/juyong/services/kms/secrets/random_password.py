"""GetRandomPassword."""

import string
from typing import Annotated

from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.fields import Between, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.ids import new_password
from juyong.base.secret import Secret
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.product import PRODUCT as KMS


class RandomPasswordAnswer(Shape, frozen=True, kw_only=True):
    """A password that nobody keeps."""

    random_password: Secret


@operation(
    KMS, "GetRandomPassword", entry=Entry.IDENTIFIED, raises=(InvalidParameter,), reads_only=True
)
def get_random_password(
    ctx: Context,  # noqa: ARG001  # every operation's
    *,
    password_length: Annotated[int, Between(8, 128)] = 32,
    exclude_characters: Annotated[str, Text(0, 128)] = "",
    exclude_lowercase: bool = False,
    exclude_uppercase: bool = False,
    exclude_numbers: bool = False,
    exclude_punctuation: bool = False,
    require_each_included_type: bool = True,
) -> RandomPasswordAnswer:
    """Draw a password; needs no permission.

    Args:
        password_length: 8 to 128 characters.
        exclude_characters: Characters it shall not have.
        exclude_lowercase: No small letters.
        exclude_uppercase: No capital letters.
        exclude_numbers: No digits.
        exclude_punctuation: None of the 32 signs of ASCII.
        require_each_included_type: At least one of each type that is not excluded.

    Returns:
        The password.

    Source: KMS API reference, GetRandomPassword (documented); a type of which every character is
        excluded counts as excluded (assumed).
    """
    excluded = set(exclude_characters)
    types = (
        (string.ascii_lowercase, exclude_lowercase),
        (string.ascii_uppercase, exclude_uppercase),
        (string.digits, exclude_numbers),
        (string.punctuation, exclude_punctuation),
    )
    left = [set(chars) - excluded for chars, without in types if not without]
    classes = ["".join(sorted(chars)) for chars in left if chars]
    if not classes:
        raise InvalidParameter(name="ExcludeCharacters")
    drawn = new_password(password_length, classes, each=require_each_included_type)
    return RandomPasswordAnswer(random_password=drawn)

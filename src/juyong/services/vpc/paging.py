"""Lists of VPC that go on after a token.

Source: the refusal of a token (assumed).
"""

from functools import partial

from juyong.api.errors import BadParameter
from juyong.api.listing import by_token

BY_TOKEN = by_token(
    partial(
        BadParameter,
        "InvalidNextToken.Malformed",
        'The specified parameter "NextToken" is not valid.',
    )
)

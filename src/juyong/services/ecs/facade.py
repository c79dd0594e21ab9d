"""The functions of ECS for the app, which has the sockets of the network plane."""

from typing import TYPE_CHECKING

from juyong.base.late_names import late_names

if TYPE_CHECKING:
    from juyong.services.ecs.metadata.asked import Answer, Asked
    from juyong.services.ecs.metadata.service import answer_at
else:
    __getattr__ = late_names(__name__)

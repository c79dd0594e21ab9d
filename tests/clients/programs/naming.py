"""How the current Python SDKs name the methods and requests of operations."""

import re


def method_of(action):
    """Return `list_groups_for_user` for `ListGroupsForUser`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower()


def request_of(models, action, parameters):
    """Return what the method takes: nothing, or one request holding these parameters only."""
    request_class = getattr(models, f"{action}Request", None)
    if request_class is None:
        return []
    request = request_class().from_map(parameters)
    for name, value in vars(request).items():
        # from_map leaves an empty list where nothing was given, and would send it.
        if value == []:
            setattr(request, name, None)
    return [request]

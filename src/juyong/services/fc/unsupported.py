"""Published settings of functions that are refused when given, each with the reason."""

_RUN = "each run has a process of its own that is started for it and ends with it"
_HOST = "the server's processors are shared by all functions"
_IMAGE = "functions are Python packages"
_MOUNT = "a function has no file systems but its code and a private /tmp of 64 MB"
_LAYER = "a function sees the code of its own package and the server's Python"
_LOG = "the end of a function's log is in the answer to its call; none is kept"

BOTH = {
    "cpu": _HOST,
    "diskSize": _MOUNT,
    "customContainerConfig": _IMAGE,
    "customRuntimeConfig": _IMAGE,
    "customDNS": "functions resolve names as the server does",
    "instanceLifecycleConfig": _RUN,
    "layers": _LAYER,
}
"""In both versions."""

CURRENT = {
    **BOTH,
    "disableOndemand": _RUN,
    "enableLongLiving": _RUN,
    "gpuConfig": _HOST,
    "idleTimeout": _RUN,
    "instanceIsolationMode": _RUN,
    "juiceFsConfig": _MOUNT,
    "microSandboxConfig": _RUN,
    "nasConfig": _MOUNT,
    "ossMountConfig": _MOUNT,
    "polarFsConfig": _MOUNT,
    "sessionAffinity": _RUN,
    "sessionAffinityConfig": _RUN,
    "logConfig": _LOG,
    "tracingConfig": _LOG,
    "vpcConfig": "functions share the network of the server",
}
"""Of version 2023-03-30, at creation and change."""

TAGGED = {
    "tags": "functions carry no tags",
    "resourceGroupId": "functions belong to no resource group",
}

LISTED = {
    **TAGGED,
    "description": "functions are found by name",
    "functionName": "functions are found by prefix",
    "fcVersion": "each version lists its own functions",
    "gpuType": "there are no GPUs",
    "runtime": "functions are found by name",
}

IN_SERVICE = {
    **BOTH,
    "caPort": _IMAGE,
    "customHealthCheckConfig": _IMAGE,
    "gpuMemorySize": "there are no GPUs",
    "initializer": _RUN,
    "initializationTimeout": _RUN,
    "instanceSoftConcurrency": _RUN,
}
"""Of functions of version 2021-04-06."""

OF_SERVICE = {
    "logConfig": _LOG,
    "tracingConfig": "no traces are kept",
    "nasConfig": _MOUNT,
    "ossMountConfig": _MOUNT,
    "vpcConfig": "functions share the network of the server",
}
"""Of services, at creation and change."""

IF_MATCH = {"If-Match": "services and functions have no ETag"}

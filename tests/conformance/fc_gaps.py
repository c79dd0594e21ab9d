"""Fields of Function Compute's models that we leave out of answers or tolerate unread, and why."""

Gaps = dict[tuple[str, str], str]

_NOT_SETTABLE = "the setting is refused, so there is nothing to show"
_FUNCTION_OF_2021 = """
caPort cpu customContainerConfig customDNS customHealthCheckConfig customRuntimeConfig diskSize
gpuMemorySize initializationTimeout initializer instanceLifecycleConfig instanceSoftConcurrency
layers layersArnV2
"""
_FUNCTION_OF_2023 = """
cpu customContainerConfig customDNS customRuntimeConfig disableOndemand diskSize enableLongLiving
gpuConfig idleTimeout instanceIsolationMode instanceLifecycleConfig invocationRestriction
juiceFsConfig layers lockInfo lastUpdateStatusReason lastUpdateStatusReasonCode logConfig
microSandboxConfig nasConfig ossMountConfig polarFsConfig resourceGroupId sessionAffinity
sessionAffinityConfig stateReason stateReasonCode tags tracingConfig vpcConfig
"""
_SERVICE = "logConfig nasConfig ossMountConfig tracingConfig useSLRAuthentication vpcConfig"
_OF_THE_GATEWAY = "signatures carry their own date, the host names the account"


def _of(product: str, noun: str, names: str) -> Gaps:
    """Return the gaps of every operation that shows one thing or a list of them."""
    places = [(f"{verb}{noun}", "") for verb in ("Create", "Update", "Get")]
    places.append((f"List{noun}s", f"{noun.lower()}s."))
    return {
        (f"{product}.{operation}", path + name): _NOT_SETTABLE
        for operation, path in places
        for name in names.split()
    }


LEFT_OUT: Gaps = {
    **_of("FC", "Function", _FUNCTION_OF_2023),
    **_of("FC-Open", "Function", _FUNCTION_OF_2021),
    **_of("FC-Open", "Service", _SERVICE),
}

OF_OLDER_HEADERS = dict.fromkeys(("x-fc-account-id", "x-fc-date", "x-fc-trace-id"), _OF_THE_GATEWAY)
"""Headers that every operation of version 2021-04-06 may carry."""

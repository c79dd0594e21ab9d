"""Fields of the WAF SDK's models that we leave out of answers or tolerate unread, and why."""

Gaps = dict[tuple[str, str], str]

_NO_BILL = "there is no bill, no term and no edition"
_NO_GROUPS = "there are no resource groups"
_NO_CNAME = "clients come to the address that the operator chose"
_NOT_ANNOUNCED = "a protected site does not say this of itself, and nothing is made up"


def _of(operation: str, why: str, names: str) -> Gaps:
    return {(f"waf-openapi.{operation}", name): why for name in names.split()}


LEFT_OUT: Gaps = {
    **_of("DescribeInstance", _NO_BILL, "Details Edition EndTime InDebt PayType StartTime"),
    **_of("DescribeInstance", "an instance is there at once", "ProcessStatus"),
    **_of("DescribeDomains", _NO_CNAME, "Domains.Cname"),
    **_of("DescribeDomains", _NO_GROUPS, "Domains.ResourceManagerResourceGroupId"),
    **_of("DescribeDomainDetail", _NO_CNAME, "Cname"),
    **_of("DescribeDomainDetail", _NO_GROUPS, "ResourceManagerResourceGroupId"),
    **_of(
        "DescribeDomainDetail",
        _NOT_ANNOUNCED,
        """CertDetail SM2CertDetail Listen.CertId Listen.CipherSuite Listen.CustomCiphers
        Listen.EnableTLSv3 Listen.ExclusiveIp Listen.FocusHttps Listen.HstsIncludeSubDomain
        Listen.HstsMaxAge Listen.HstsPreload Listen.Http2Enabled Listen.IPv6Enabled
        Listen.ProtectionResource Listen.SM2AccessOnly Listen.SM2CertId Listen.SM2Enabled
        Listen.TLSVersion Listen.XffHeaderMode Listen.XffHeaders Redirect.BackUpBackendList
        Redirect.BackupBackends Redirect.ConnectTimeout Redirect.FocusHttpBackend
        Redirect.Http2Origin Redirect.Http2OriginMaxConcurrency Redirect.Keepalive
        Redirect.KeepaliveRequests Redirect.KeepaliveTimeout Redirect.Loadbalance
        Redirect.MaxBodySize Redirect.ProxyProtocol Redirect.ReadTimeout Redirect.RequestHeaders
        Redirect.Retry Redirect.SniEnabled Redirect.SniHost Redirect.WLProxyClientIp
        Redirect.WebServerType Redirect.WriteTimeout Redirect.XClientIp Redirect.XTrueIp
        Redirect.XffProto""",
    ),
}
IGNORED: Gaps = {
    (f"waf-openapi.{name}", "RegionId"): "read when the region of the call is found"
    for name in ("DescribeInstance", "DescribeDomains", "DescribeDomainDetail")
}

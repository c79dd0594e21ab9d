"""System policies of the protection products, most of whose action prefixes begin with `yundun-`.

SOURCE: the vendor's policy reference, 2023 to 2026 editions, where the grade says documented.
"""

SECURITY_POLICIES = """
AliyunYundunFullAccess v1 assumed: Manage every protection product.
  allow yundun-*:*
AliyunYundunWAFFullAccess v1 documented: Manage Web Application Firewall.
  allow yundun-waf:*
AliyunYundunWAFReadOnlyAccess v3 documented: Read Web Application Firewall.
  allow yundun-waf:{read}
AliyunYundunWAFv3ReadOnlyAccess v3 documented: Read Web Application Firewall 3.0.
  allow yundun-waf:{read}
  allow yundun-sas:DescribeServiceLinkedRoleStatus
  allow sasti:{read,Grant*}
AliyunYundunSASFullAccess v1 assumed: Manage Security Center.
  allow yundun-sas:* yundun-aegis:*
  link sas
AliyunYundunSASReadOnlyAccess v1 assumed: Read Security Center.
  allow yundun-sas:{read,Check*} yundun-aegis:{read}
AliyunYundunAegisFullAccess v1 assumed: Manage host protection.
  allow yundun-aegis:*
AliyunYundunAegisReadOnlyAccess v2 documented: Read host protection.
  allow yundun-aegis:{read}
AliyunYundunCloudFirewallFullAccess v1 assumed: Manage Cloud Firewall.
  allow yundun-cloudfirewall:* yundun-ndr:*
  link cloudfw
AliyunYundunCloudFirewallReadOnlyAccess v2 documented: Read Cloud Firewall.
  allow yundun-cloudfirewall:{read} sasti:{read,Grant*}
    bss:QueryAvailableInstances bssapi:QuerySavingsPlansInstance
AliyunYundunDDosFullAccess v1 assumed: Manage basic protection against floods.
  allow yundun-ddos:*
AliyunYundunDDosReadOnlyAccess v2 documented: Read basic protection against floods.
  allow yundun-ddos:{read}
AliyunYundunAntiDDoSBagFullAccess v1 assumed: Manage Anti-DDoS Origin.
  allow yundun-antiddosbag:*
AliyunYundunAntiDDoSBagReadOnlyAccess v2 documented: Read Anti-DDoS Origin.
  allow yundun-antiddosbag:{read}
AliyunYundunAntiDDoSPremiumFullAccess v2 documented: Manage Anti-DDoS Proxy.
  allow yundun-ddoscoo:*
  allow yundun-ddosdip:*
AliyunYundunAntiDDoSPremiumReadOnlyAccess v3 documented: Read Anti-DDoS Proxy.
  allow yundun-ddosdip:{Get*,Describ*,Query*,List*}
  allow yundun-ddoscoo:{Get*,Describ*,Query*,List*}
AliyunYundunDDoSReportFullAccess v1 documented: Manage reports on floods.
  allow ddosreport:*
AliyunYundunDDoSReportReadOnlyAccess v1 documented: Read reports on floods.
  allow ddosreport:{read}
AliyunYundunDDoSDiversionReadOnlyAccess v2 documented: Read diversion of floods.
  allow ddosdiversion:{read}
AliyunYundunSAFFullAccess v2 documented: Manage risk identification.
  allow yundun-saf:* ram:ListUserBasicInfos
AliyunYundunSAFReadOnlyAccess v2 documented: Read risk identification.
  allow yundun-saf:{Describe*,Get*,List*} ram:ListUserBasicInfos
AliyunYundunAFSFullAccess v1 documented: Manage the check that a visitor is human.
  allow yundun-afs:*
  allow afs:*
AliyunYundunSDDPFullAccess v1 assumed: Manage discovery and protection of sensitive data.
  allow yundun-sddp:*
  link sddp
AliyunYundunSDDPReadOnlyAccess v1 documented: Read discovery and protection of sensitive data.
  allow yundun-sddp:{Get*,Describe*,List*,Check*}
AliyunYundunSCFullAccess v1 documented: Manage security control and its penalties.
  allow yundun-sc:*
  allow riskpunish:*
  link security-sense.riskcontrol
AliyunYundunCodeSecFullAccess v1 documented: Manage code security.
  allow yundun-codesec:*
AliyunYundunBastionHostFullAccess v1 assumed: Manage bastion hosts.
  allow yundun-bastionhost:*
  link bastionhost
AliyunYundunBastionHostReadOnlyAccess v1 assumed: Read bastion hosts.
  allow yundun-bastionhost:{read}
AliyunYundunDbAuditFullAccess v2 documented: Manage database audit.
  allow yundun-dbaudit:*
  link dbaudit
AliyunYundunDbAuditReadOnlyAccess v1 assumed: Read database audit.
  allow yundun-dbaudit:{read}
AliyunYundunCertFullAccess v1 assumed: Manage certificates.
  allow yundun-cert:*
AliyunYundunCertReadOnlyAccess v1 assumed: Read certificates.
  allow yundun-cert:{read}
AliyunYundunHSMFullAccess v1 assumed: Manage hardware security modules.
  allow yundun-hsm:*
AliyunYundunHSMReadOnlyAccess v1 assumed: Read hardware security modules.
  allow yundun-hsm:{read}
AliyunAntCloudAuthFullAccess v1 documented: Manage identity verification of persons.
  allow antcloudauth:*
"""

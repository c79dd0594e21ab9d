"""The refusals of rules of security groups.

Source: ECS API reference, error lists of AuthorizeSecurityGroup, AuthorizeSecurityGroupEgress,
RevokeSecurityGroup, ModifySecurityGroupRule (documented); which of two codes that would fit is
answered (assumed). `Paramter`, `Discription` are the API's own spelling.
"""

from juyong.api.errors import fact

_BOTH_VERSIONS = "A block of IPv4 and one of IPv6 are given for one side."

NoProtocol = fact(
    "MissingParameter",
    400,
    'The input parameter "IpProtocol" that is mandatory for processing this request is not '
    "supplied.",
    why="No rule is given, or a rule names no protocol.",
)
BadProtocol = fact(
    "InvalidIpProtocol.ValueNotSupported",
    400,
    "The specified IpProtocol is not supported.",
    why="The text names no protocol.",
)
UnfitPorts = fact(
    "OperationDenied",
    400,
    "The specified IpProtocol does not exist or IpProtocol and PortRange do not match.",
    why="TCP and UDP need ports, and no other protocol has any but `-1/-1`.",
)
BadPorts = fact(
    "InvalidParam.PortRange",
    400,
    "The specified param PortRange is not valid.",
    why="The port range has another form than `1/200` within 1 to 65535, or `-1/-1`.",
)
BadRevokedPorts = fact(
    "InvalidIpPortRange.Malformed",
    400,
    'The specified parameter "PortRange" is not valid.',
    why="The port range has another form than `1/200` within 1 to 65535, or `-1/-1`.",
)
NoPorts = fact(
    "InvalidPortRange.Malformed",
    400,
    "The specified parameter PortRange must set.",
    why="Neither a port range nor a port list is given.",
)
BadSourcePorts = fact(
    "InvalidSourcePortRange.Malformed",
    400,
    'The specified parameter "SourcePortRange" is not valid.',
    why="The source ports are malformed, or do not fit the protocol.",
)
NoPortLists = fact(
    "InvalidParam.ProtocolNotSupportPortRangeList",
    400,
    "The specified IpProtocol does not support PortRangeListId.",
    why="A port list is named, and the protocol is neither TCP nor UDP.",
)
NoPortList = fact(
    "InvalidPortRangeListId.NotFound",
    400,
    "The specified port list was not found.",
    why="The region has no port list of the id.",
)
NoSource = fact(
    "MissingParameter.Source",
    400,
    "One of the parameters SourceCidrIp, Ipv6SourceCidrIp, SourceGroupId or SourcePrefixListId "
    "must be set.",
    why="The rule names no source.",
)
NoDest = fact(
    "MissingParameter.Dest",
    400,
    "One of the parameters DestCidrIp, Ipv6DestCidrIp, DestGroupId or DestPrefixListId must be "
    "set.",
    why="The rule names no destination.",
)
BadSource = fact(
    "InvalidSourceCidrIp.Malformed",
    400,
    'The specified parameter "SourceCidrIp" is not valid.',
    why="The source is no block of IPv4, or has bits behind its prefix.",
)
BadDest = fact(
    "InvalidDestCidrIp.Malformed",
    400,
    'The specified parameter "DestCidrIp" is not valid.',
    why="The destination is no block of IPv4, or has bits behind its prefix.",
)
BadSource6 = fact(
    "InvalidParam.Ipv6SourceCidrIp",
    400,
    "The specified param Ipv6SourceCidrIp is not valid.",
    why="The source is no block of IPv6, or has bits behind its prefix.",
)
BadDest6 = fact(
    "InvalidParam.Ipv6DestCidrIp",
    400,
    "The specified param Ipv6DestCidrIp is not valid.",
    why="The destination is no block of IPv6, or has bits behind its prefix.",
)
TwoSources = fact(
    "InvalidParam.SourceIp",
    400,
    "The Parameters SourceCidrIp and Ipv6SourceCidrIp cannot be set at the same time.",
    why=_BOTH_VERSIONS,
)
TwoDests = fact(
    "InvalidParam.DestIp",
    400,
    "The Parameters DestCidrIp and Ipv6DestCidrIp cannot be set at the same time.",
    why=_BOTH_VERSIONS,
)
MixedVersions = fact(
    "InvalidParameter.Conflict",
    400,
    "IPv6 and IPv4 addresses cannot exist at the same time.",
    why="The two sides are blocks of different IP versions.",
)
SameSides = fact(
    "InvalidParamter.Conflict",
    400,
    "The specified SourceCidrIp should be different from the DestCidrIp.",
    why="Both sides are the same block.",
)
OwnGroup = fact(
    "InvalidParamter.Conflict",
    403,
    "The specified SecurityGroupId should be different from the SourceGroupId.",
    why="The peer is the group itself.",
)
Only4 = fact(
    "InvalidParam.Ipv4ProtocolConflictWithIpv6Address",
    400,
    "IPv6 address cannot be specified for IPv4-specific protocol.",
    why="ICMP is of IPv4, and a block of IPv6 is given.",
)
Only6 = fact(
    "InvalidParam.Ipv6ProtocolConflictWithIpv4Address",
    400,
    "IPv4 address cannot be specified for IPv6-specific protocol.",
    why="ICMPv6 is of IPv6, and a block of IPv4 is given.",
)
BadPolicy = fact(
    "InvalidPolicy.Malformed",
    400,
    'The specified parameter "Policy" is not valid.',
    why="The policy is neither `accept` nor `drop`.",
)
BadPriority = fact(
    "InvalidPriority.Malformed",
    400,
    'The specified parameter "Priority" is not valid.',
    why="The priority is no number.",
)
PriorityOutside = fact(
    "InvalidPriority.ValueNotSupported",
    400,
    "The specified Priority is not supported.",
    why="The priority is not within 1 to 100.",
)
BadDescription = fact(
    "InvalidSecurityGroupDiscription.Malformed",
    400,
    "The specified security group rule description is not valid.",
    why="The description is longer than 512 characters.",
)
NoSourceGroup = fact(
    "InvalidSourceGroupId.NotFound",
    404,
    "The SourceGroupId provided does not exist in our records.",
    why="The account has no such group in the region.",
)
NoDestGroup = fact(
    "InvalidDestGroupId.NotFound",
    404,
    "The DestGroupId provided does not exist in our records.",
    why="The account has no such group in the region.",
)
SourceOfOtherVpc = fact(
    "InvalidSourceGroupId.Mismatch",
    400,
    "The specified security group and source group are not in the same VPC.",
    why="The peer group belongs to another VPC.",
)
DestOfOtherVpc = fact(
    "InvalidDestGroupId.Mismatch",
    400,
    "The specified security group and dest group are not in the same VPC.",
    why="The peer group belongs to another VPC.",
)
NoGroupRules = fact(
    "InvalidGroupParameter.OperationDenied",
    400,
    "The specified parameter SourceGroupId or DestGroupId is not allowed in this security group.",
    why="The rules of an enterprise group name no groups.",
)
EnterprisePeer = fact(
    "InvalidGroupAuthParameter.OperationDenied",
    400,
    "The specified peer security group cannot be authorised.",
    why="The peer is an enterprise group.",
)
NoPrefixList = fact(
    "InvalidPrefixListId.NotFound",
    404,
    "The specified prefix list was not found.",
    why="The region has no prefix list of the id.",
)
UnfitPrefixList = fact(
    "InvalidParam.PrefixListAddressFamilyMismatch",
    400,
    "The address family of the specified prefix list does not match the specified CidrIp.",
    why="The list is of another IP version than the rule's protocol or its own side.",
)
TooManyRules = fact(
    "AuthorizationLimitExceed",
    403,
    "The limit of authorization records in the security group reaches.",
    why="The group would have more rules than the quota `ecs.rules-per-group`; lists count whole.",
)
TooManyGroupRules = fact(
    "AuthorizedGroupRule.LimitExceed",
    400,
    "You have reached the limit on the number of group authorization rules.",
    why="More rules would name a group than the quota `ecs.group-peers-per-group`.",
)
RuleTwice = fact(
    "InvalidParam.DuplicatePermissions",
    400,
    "There are duplicate permissions in the specified parameter.",
    why="The call has a rule twice.",
)
MixedForms = fact(
    "InvalidParam.Permissions",
    400,
    "The specified parameter Permissions cannot coexist with other parameters of rules.",
    why="Permissions are given together with bare parameters of a rule, or with rule ids.",
)
NoIngressRule = fact(
    "InvalidParam.SecurityGroupRuleId",
    400,
    "The specified parameter SecurityGroupRuleId is not valid.",
    why="The group has no such rule of the direction.",
)
NoEgressRule = fact(
    "InvalidSecurityGroupRule.RuleNotExist",
    400,
    "The specified security group rule does not exist.",
    why="The group has no such rule of the direction.",
)
RuleIdTwice = fact(
    "InvalidParam.SecurityGroupRuleIdRepeated",
    400,
    "The specified parameter SecurityGroupRuleId is repeated.",
    why="A rule id is given twice.",
)
NoRuleOfId = fact(
    "InvalidSecurityGroupRuleId.NotFound",
    404,
    "The specified SecurityGroupRuleId does not exist.",
    why="The group has no such rule of the direction.",
)
NoRule = fact(
    "SecurityGroupRule.NotFound",
    404,
    "The specified security group rule does not exist.",
    why="No rule of the group says what the call says, its priority and description left aside.",
)
PeerTypeIsFixed = fact(
    "InvalidOperation.ModifySgRuleEntityType",
    400,
    "The type of the authorization object of the rule cannot be modified.",
    why="The rule has a peer of another type.",
)
NicTypeIsFixed = fact(
    "InvalidOperation.ModifyNicType",
    400,
    "The NicType of the rule cannot be modified.",
    why="The rule is of the intranet.",
)
PortTypeIsFixed = fact(
    "InvalidOperation.ModifyPortRangeType",
    400,
    "The type of the port range of the rule cannot be modified.",
    why="A port range is to become a port list, or the other way round.",
)
RuleExists = fact(
    "InvalidOperation.RuleDuplicate",
    400,
    "The specified rule already exists.",
    why="Another rule of the group says the same.",
)
PortsDoNotFit = fact(
    "InvalidParam.ProtocolAndPortRangeMismatch",
    400,
    "The specified IpProtocol and PortRange do not match.",
    why="TCP and UDP need ports, and no other protocol has any but `-1/-1`.",
)
VersionDoesNotFit = fact(
    "InvalidParam.ProtocolAndAddressFamilyMismatch",
    400,
    "The specified IpProtocol and the address family do not match.",
    why="ICMP is of IPv4, ICMPv6 of IPv6, and a block of the other version is there.",
)
NothingToChange = fact(
    "InvalidParam.InvalidModifyRuleRequest",
    400,
    "The request to modify the rule is not valid.",
    why="Nothing is to be changed, or several rules differ from what is given in priority alone.",
)

"""Names of the language: what engines keep, what is refused and why, what needs no effect and why.

Variables of requests and responses are declared in `variables.py`, operators and transformations
in their packages.
"""

from typing import Final

from juyong.engines.inspect import variables

KEPT_COLLECTIONS: Final = frozenset({"GEO", "MATCHED_VARS", "MATCHED_VARS_NAMES", "RULE", "TX"})
"""Collections that the engine itself keeps."""

STORED: Final = frozenset({"GLOBAL", "IP", "RESOURCE", "SESSION", "USER"})
"""Collections that outlive a request, once initcol or setsid opened them."""

KEPT_SINGLE: Final = frozenset(
    {"DURATION", "HIGHEST_SEVERITY", "MATCHED_VAR", "MATCHED_VAR_NAME", "SESSIONID", "USERID"}
)

SINGLE: Final = variables.SINGLE | KEPT_SINGLE
VARIABLES: Final = variables.ALL | KEPT_COLLECTIONS | KEPT_SINGLE | STORED

XPATHS: Final = frozenset({"/*", "//@*"})
"""The texts and the attributes of a document: all that rule sets ask of XML."""

REFUSED_VARIABLES: Final = {
    "ENV": "the environment of the process is not shown to rules",
    "FILES_TMPNAMES": "uploads are inspected in memory, and have no names on disk",
    "FULL_RESPONSE": "rules read RESPONSE_HEADERS and RESPONSE_BODY",
    "MODSEC_BUILD": "the number belongs to ModSecurity",
    "PERF_ALL": "times of phases are metrics of the proxy",
    "SCRIPT_FILENAME": "the proxy runs no scripts",
    "STREAM_INPUT_BODY": "bodies are not rewritten",
    "STREAM_OUTPUT_BODY": "bodies are not rewritten",
    "WEBAPPID": "a site has one rule set",
}

OF_ENGINE: Final = frozenset({"geolookup"})
"""Operators that an engine carries out itself, as these need what an engine is given."""

PATTERNS: Final = frozenset({"rx", "rxglobal"})
WORD_LISTS: Final = {"pmf": "pmfromfile", "ipmatchf": "ipmatchfromfile"}
"""Short names of operators whose words stand in a file."""

REFUSED_ACTIONS: Final = {
    "append": "bodies are not rewritten",
    "deprecatevar": "use expirevar",
    "exec": "no program is run for a request",
    "pause": "a rule cannot hold a connection; limit rates instead",
    "prepend": "bodies are not rewritten",
    "proxy": "a site has its origins from the operator",
    **dict.fromkeys(
        (
            "sanitisearg",
            "sanitisematched",
            "sanitisematchedbytes",
            "sanitiserequestheader",
            "sanitiseresponseheader",
        ),
        "logs mask no part of a value; take the target out of the rules that read it",
    ),
    "setenv": "the environment of the process is not shown to rules",
    "xmlns": "rules read XML:/* and XML://@* alone",
}

IDLE_ACTIONS: Final = {
    "accuracy": "told by no log",
    "maturity": "told by no log",
    "noop": "the name says so",
    "rev": "told by no log",
    "ver": "told by no log",
}
"""Actions that no decision depends on."""

CTLS: Final = frozenset(
    {
        "forcerequestbodyvariable",
        "requestbodyaccess",
        "requestbodyprocessor",
        "responsebodyaccess",
        "ruleengine",
        "ruleremovebyid",
        "ruleremovebymsg",
        "ruleremovebytag",
        "ruleremovetargetbyid",
        "ruleremovetargetbymsg",
        "ruleremovetargetbytag",
    }
)

IDLE_CTLS: Final = {
    "auditengine": "the proxy writes one log, and the log has no audit parts",
    "auditlogparts": "as auditEngine",
    "debugloglevel": "no debug log is written",
    "requestbodylimit": "the limits of the site stand",
    "responsebodylimit": "the limits of the site stand",
}

IDLE_DIRECTIVES: Final = {
    "SecAuditEngine": "the proxy writes one log of its own",
    "SecAuditLog": "as SecAuditEngine",
    "SecAuditLog2": "as SecAuditEngine",
    "SecAuditLogDirMode": "as SecAuditEngine",
    "SecAuditLogFileMode": "as SecAuditEngine",
    "SecAuditLogFormat": "as SecAuditEngine",
    "SecAuditLogParts": "as SecAuditEngine",
    "SecAuditLogRelevantStatus": "as SecAuditEngine",
    "SecAuditLogStorageDir": "as SecAuditEngine",
    "SecAuditLogType": "as SecAuditEngine",
    "SecDataDir": "collections are kept in memory",
    "SecDebugLog": "no debug log is written",
    "SecDebugLogLevel": "no debug log is written",
    "SecGeoLookupDb": "countries come from the data that the site is given",
    "SecPcreMatchLimit": "matching takes linear time",
    "SecPcreMatchLimitRecursion": "matching takes linear time",
    "SecRequestBodyInMemoryLimit": "inspected bodies are kept in memory",
    "SecRulePerfTime": "times of phases are metrics of the proxy",
    "SecServerSignature": "the Server header is the origin's",
    "SecStatusEngine": "nothing is sent to the makers of rules",
    "SecTmpDir": "uploads are inspected in memory",
    "SecUnicodeMap": "t:urlDecodeUni has its map built in",
    "SecUnicodeMapFile": "t:urlDecodeUni has its map built in",
    "SecUploadDir": "uploads are inspected in memory",
    "SecUploadFileMode": "uploads are inspected in memory",
    "SecWebAppId": "a site has one rule set",
}
"""Directives that are read and change nothing, each with the reason."""

OFF_DIRECTIVES: Final = {
    "SecContentInjection": "bodies are not rewritten",
    "SecDisableBackendCompression": "responses are inspected after their content coding",
    "SecHashEngine": "links are not rewritten",
    "SecInterceptOnError": "an error of a rule refuses the request in any case",
    "SecRuleInheritance": "a site has one rule set",
    "SecStreamInBodyInspection": "bodies are not rewritten",
    "SecStreamOutBodyInspection": "bodies are not rewritten",
    "SecTmpSaveUploadedFiles": "uploads are inspected in memory",
    "SecUploadKeepFiles": "uploads are not kept",
    "SecXmlExternalEntity": "external entities are never read",
}
"""Directives that may say Off, which is how things are; On is refused with the reason."""

REFUSED_DIRECTIVES: Final = {
    "SecChrootDir": "the operator confines the process",
    "SecGsbLookupDb": "the service behind the directive was closed",
    "SecGuardianLog": "no program is run for a request",
    "SecHashKey": "links are not rewritten",
    "SecHashMethodPm": "links are not rewritten",
    "SecHashMethodRx": "links are not rewritten",
    "SecHashParam": "links are not rewritten",
    "SecHttpBlKey": "no DNS query is made while a request waits",
    "SecRemoteRules": "rules are installed by the operator, with a digest",
    "SecRuleInclude": "use Include",
    "SecRuleScript": "rules in Lua are programs; no program is run for a request",
    "SecUploadApproveScript": "no program is run for a request",
}

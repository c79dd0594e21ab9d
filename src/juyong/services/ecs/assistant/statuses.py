"""The statuses of an invocation, and of each of its instances.

Source: ECS API reference, DescribeInvocations and DescribeInvocationResults (documented).
"""

from collections.abc import Iterable

PENDING, RUNNING, SUCCESS, FAILED = "Pending", "Running", "Success", "Failed"
TIMEOUT, CANCELLED, TERMINATED = "Timeout", "Cancelled", "Terminated"
LIVE = (PENDING, RUNNING)
_STOPPED = (CANCELLED, TERMINATED)
RECORDS = ("Running", "Finished", "Failed", "PartialFailed", "Stopped")
INFO = {
    "": "",
    "ClientNotResponse": "The client did not answer: the server or its network plane ended, or the "
    "instance could not start the command.",
    "ClientNotRunning": "No network plane runs the instance.",
    "DirectoryNotExists": "The instance does not have the working directory.",
    "ExecutionTimeout": "The command ran longer than its timeout, and was ended.",
    "ExitCodeNonzero": "The exit code of the command is not 0.",
    "InstanceNotRunning": "The instance was stopped or restarted.",
    "InstanceReleased": "The instance was deleted.",
}
"""Each error code of an instance, with its text (codes documented, texts assumed)."""


def record_status(status: str, error_code: str) -> str:
    """Return InvokeRecordStatus of one instance: a command that ran to its end has finished."""
    if status in LIVE:
        return "Running"
    if status in _STOPPED:
        return "Stopped"
    return "Finished" if status == SUCCESS or error_code == "ExitCodeNonzero" else "Failed"


def invoke_status(records: Iterable[str]) -> str:
    """Return InvokeStatus of an invocation, by the record statuses of its instances."""
    found = set(records)
    if "Running" in found:
        return "Running"
    if len(found) == 1:
        return min(found)
    return "PartialFailed" if "Failed" in found else "Finished"


def invocation_status(statuses: Iterable[str]) -> str:
    """Return InvocationStatus of an invocation, by the statuses of its instances."""
    found = set(statuses)
    if found & set(LIVE):
        return PENDING if found == {PENDING} else RUNNING
    if found == {SUCCESS}:
        return SUCCESS
    if found <= set(_STOPPED):
        return "Stopped"
    return "PartialFailed" if SUCCESS in found else FAILED

"""Cloud Assistant through the official SDK."""

import base64

from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from tests.conformance.ecs.conftest import run
from tests.conformance.harness import refused
from tests.networks import REGION, Net


def test_a_command_is_run_described_and_stopped(client: Client, net: Net) -> None:
    one = run(client, net)
    made = client.run_command(
        m.RunCommandRequest(
            region_id=REGION,
            type="RunShellScript",
            name="greet",
            command_content=base64.b64encode(b"echo {{name}}").decode(),
            content_encoding="Base64",
            enable_parameter=True,
            parameters={"name": "Jack"},
            instance_id=[one],
            timeout=60,
        )
    ).body
    assert (made.command_id[:2], made.invoke_id[:2]) == ("c-", "t-")
    (shown,) = client.describe_invocations(
        m.DescribeInvocationsRequest(region_id=REGION, invoke_id=made.invoke_id)
    ).body.invocations.invocation
    assert base64.b64decode(shown.command_content) == b"echo {{name}}"
    assert (shown.command_name, shown.timeout, shown.parameters) == ("greet", 60, '{"name":"Jack"}')
    assert [each.instance_id for each in shown.invoke_instances.invoke_instance] == [one]
    client.stop_invocation(
        m.StopInvocationRequest(region_id=REGION, invoke_id=made.invoke_id, instance_id=[one])
    )
    told = client.describe_invocation_results(
        m.DescribeInvocationResultsRequest(region_id=REGION, invoke_id=made.invoke_id)
    ).body.invocation
    (found,) = told.invocation_results.invocation_result
    assert (found.instance_id, found.invoke_record_status, told.total_count) == (one, "Stopped", 1)
    assert found.command_id == made.command_id
    (status,) = client.describe_cloud_assistant_status(
        m.DescribeCloudAssistantStatusRequest(region_id=REGION, instance_id=[one])
    ).body.instance_cloud_assistant_status_set.instance_cloud_assistant_status
    assert (status.instance_id, status.ostype) == (one, "Linux")


def test_one_unfit_instance_fails_the_whole_call(client: Client, net: Net) -> None:
    one = run(client, net)
    with refused("InvalidInstance.NotFound", 404):
        client.run_command(
            m.RunCommandRequest(
                region_id=REGION,
                type="RunShellScript",
                command_content="true",
                instance_id=[one, "i-0"],
            )
        )


def test_a_command_is_kept_and_invoked(client: Client, net: Net) -> None:
    one = run(client, net)
    command = client.create_command(
        m.CreateCommandRequest(
            region_id=REGION,
            name="greet",
            type="RunShellScript",
            command_content=base64.b64encode(b"echo {{name}}").decode(),
            enable_parameter=True,
        )
    ).body.command_id
    client.modify_command(m.ModifyCommandRequest(region_id=REGION, command_id=command, timeout=120))
    (shown,) = client.describe_commands(
        m.DescribeCommandsRequest(region_id=REGION, command_id=command)
    ).body.commands.command
    assert (shown.name, shown.timeout, shown.parameter_names.parameter_name) == (
        *("greet", 120),
        ["name"],
    )
    invoked = client.invoke_command(
        m.InvokeCommandRequest(
            region_id=REGION, command_id=command, instance_id=[one], parameters={"name": "Jack"}
        )
    ).body
    assert invoked.invoke_id.startswith("t-")
    client.delete_command(m.DeleteCommandRequest(region_id=REGION, command_id=command))

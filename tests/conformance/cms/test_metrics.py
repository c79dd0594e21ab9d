"""Samples: brought, counted, read back by period, page and group."""

import json

import pytest
from tests.conformance.cms.watching import bring, points, space, to_next_minute, work
from tests.local import refused
from tests.platforms import quotas


def data(call, operation="DescribeMetricList", **asked):
    given = {"Namespace": space(call), "MetricName": "load", **asked}
    return call("Cms", operation, **given)


def test_samples_of_a_minute_are_brought_together(call):
    to_next_minute(call)
    for value in (1, 4, 2.5):
        bring(call, value)
    assert points(data(call)) == []
    end = to_next_minute(call)
    (found,) = points(data(call))
    assert found == {
        "timestamp": end * 1000,
        "groupId": "0",
        "host": "a",
        "Average": 2.5,
        "Maximum": 4,
        "Minimum": 1,
        "Sum": 7.5,
        "SampleCount": 3,
    }


def test_pages_go_on_within_a_period_and_over_periods(call):
    to_next_minute(call)
    for _ in range(2):
        for host in "abc":
            bring(call, 1, host=host)
        to_next_minute(call)
    whole = points(data(call))
    assert [each["host"] for each in whole] == [*"abcabc"]
    token, found = None, []
    for _ in range(3):
        answer = data(call, Length=2, NextToken=token)
        found += points(answer)
        token = answer.get("NextToken")
    assert (found, token) == (whole, None)
    last = data(call, "DescribeMetricLast", Length=2)
    rest = data(call, "DescribeMetricLast", Length=2, NextToken=last["NextToken"])
    assert points(last) + points(rest) == whole[3:]
    assert points(data(call, "DescribeMetricData", Length=4)) == whole[:4]
    for operation in ("DescribeMetricList", "DescribeMetricLast"):
        with refused("ParameterInvalid", 400):
            data(call, operation, NextToken="none")


def test_longer_periods_groups_and_the_top(call):
    clock = call.local.clock
    clock.offset += 3600 - clock() % 3600 + 1
    bring(call, 5, host="a", rack="x")
    bring(call, 7, host="b", rack="x")
    to_next_minute(call)
    bring(call, 1, host="a", rack="x")
    end = to_next_minute(call, 4)
    five = points(data(call, Period=300, Dimensions='{"host":"a"}'))
    assert [(p["timestamp"], p["Sum"], p["SampleCount"]) for p in five] == [(end * 1000, 6, 2)]
    grouped = points(data(call, Express='{"groupby":["rack"]}', Period=300))
    assert [(p["rack"], p["Sum"], "host" in p) for p in grouped] == [("x", 13, False)]
    asked = {"Orderby": "Sum", "StartTime": (end - 300) * 1000, "EndTime": end * 1000}
    top = points(data(call, "DescribeMetricTop", Length=2, **asked))
    assert [(p["Sum"], p["order"], p["_count"]) for p in top] == [(7, 1, 3), (5, 2, 3)]
    least = points(data(call, "DescribeMetricTop", Length=1, OrderDesc=True, **asked))
    assert [p["Sum"] for p in least] == [1]
    asked = {"StartTime": end * 1000, "EndTime": (end + 60) * 1000}
    assert points(data(call, **asked)) == [], "StartTime is excluded"
    with refused("ParameterInvalid", 400):
        data(call, StartTime=2000, EndTime=1000)


@pytest.mark.parametrize(
    "member",
    [
        {"Values": '{"value":"1"}'},
        {"Values": '{"other":1}'},
        {"Type": "1"},
        {"Type": "1", "Values": '{"Sum":1,"Maximum":1,"Minimum":2,"SampleCount":1}'},
        {"Type": "1", "Values": '{"Sum":1,"Maximum":1,"Minimum":1,"SampleCount":1,"P99":1}'},
        {"Type": "2"},
        {"Dimensions": "[]"},
        {"MetricName": "9"},
        {"GroupId": "x"},
        {"Time": "1000"},
        {"Time": "99999999999000"},
        {"Period": "61"},
    ],
)
def test_samples_that_break_a_rule_are_refused(call, member):
    good = {
        "MetricName": "load",
        "Dimensions": '{"host":"a"}',
        "Type": "0",
        "Values": '{"value":1}',
        "GroupId": "0",
    }
    with refused("ParameterInvalid", 400):
        call("Cms", "PutCustomMetric", MetricList=[good, {**good, **member}])
    found = json.loads(call("Cms", "DescribeCustomMetricList")["Result"])
    assert found["total"] == 0, "nothing of a refused call is kept"


def test_a_summary_is_kept_as_it_is(call):
    values = {"Sum": 10, "Maximum": 7, "Minimum": 1, "SampleCount": 4, "Average": 2.5}
    item = {"MetricName": "load", "Dimensions": '{"a":"b"}', "Type": "1", "GroupId": "7"}
    to_next_minute(call)
    call("Cms", "PutCustomMetric", MetricList=[{**item, "Values": json.dumps(values)}])
    to_next_minute(call)
    (found,) = points(data(call))
    assert {k: found[k] for k in values} == values
    assert found["groupId"] == "7"


def test_custom_series_are_listed_deleted_and_bounded(call):
    bring(call, 1, host="a")
    bring(call, 1, "other", host="b")
    with quotas(call.local, {"cms.series": 2}), refused("ExceedingQuota", 400):
        bring(call, 1, host="c")
    found = json.loads(call("Cms", "DescribeCustomMetricList", MetricName="load")["Result"])
    (one,) = found["result"]
    assert (one["metricName"], one["dimension"], one["groupId"]) == ("load", {"host": "a"}, "0")
    meta = call("Cms", "DescribeMetricMetaList", Namespace=space(call))["Resources"]["Resource"]
    assert [(m["MetricName"], m["Dimensions"]) for m in meta] == [
        ("load", "groupId,host"),
        ("other", "groupId,host"),
    ]
    call("Cms", "DeleteCustomMetric", MetricName="load", Md5=one["md5"])
    with refused("ResourceNotFound", 404):
        call("Cms", "DeleteCustomMetric", MetricName="load")
    found = json.loads(call("Cms", "DescribeCustomMetricList")["Result"])
    assert [each["metricName"] for each in found["result"]] == ["other"]


def test_calls_are_counted_for_their_account(call):
    to_next_minute(call)
    call("Ram", "CreateGroup", GroupName="g")
    for _ in range(2):
        with refused("EntityAlreadyExists.Group", 409):
            call("Ram", "CreateGroup", GroupName="g")
    user = call.new_user("u")
    with refused("NoPermission", 403):
        user("Ram", "CreateGroup", GroupName="h")
    end = to_next_minute(call)
    work(call)
    work(call)
    asked = {"Namespace": "acs_ram", "Dimensions": '{"apiName":"CreateGroup"}'}
    counts = {}
    for name in ("RequestCount", "ErrorCount", "DeniedCount", "ServerErrorCount", "Latency"):
        found = points(call("Cms", "DescribeMetricList", MetricName=name, **asked))
        counts[name] = [p["Sum" if name != "Latency" else "SampleCount"] for p in found]
        assert all(p["timestamp"] == end * 1000 for p in found)
    assert counts == {
        "RequestCount": [4],
        "ErrorCount": [3],
        "DeniedCount": [1],
        "ServerErrorCount": [],
        "Latency": [4],
    }
    other = call.local.administrator(call.local.new_account())
    assert points(other("Cms", "DescribeMetricList", MetricName="RequestCount", **asked)) == []


def test_the_metrics_there_are(call):
    spaces = call("Cms", "DescribeProjectMeta", PageSize=100)
    names = [each["Namespace"] for each in spaces["Resources"]["Resource"]]
    assert {"acs_kms", "acs_ram", "acs_oss_dashboard", "acs_cms"} <= set(names)
    assert spaces["Total"] == str(len(names))
    label = json.dumps({"name": "product", "value": "CloudMonitor"})
    (one,) = call("Cms", "DescribeProjectMeta", Labels=label)["Resources"]["Resource"]
    assert one["Namespace"] == "acs_cms"
    found = call("Cms", "DescribeMetricMetaList", Namespace="acs_kms", PageSize=2, PageNumber=2)
    assert found["TotalCount"] == "6"
    assert [each["MetricName"] for each in found["Resources"]["Resource"]] == [
        "Latency",
        "RequestCount",
    ]
    label = json.dumps([{"name": "metricCategory", "value": "kms"}])
    assert call("Cms", "DescribeMetricMetaList", Labels=label)["TotalCount"] == "6"


@pytest.mark.parametrize(
    "operation",
    ["DescribeMetricList", "DescribeMetricLast", "DescribeMetricData", "DescribeMetricTop"],
)
@pytest.mark.parametrize(
    "named", [("acs_none", "load"), ("acs_kms", "load"), ("acs_customMetric_1", "a")]
)
def test_a_metric_that_does_not_exist_is_not_found(call, operation, named):
    with refused("ResourceNotFound", 404):
        call("Cms", operation, Namespace=named[0], MetricName=named[1], Orderby="Sum")

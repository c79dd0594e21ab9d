"""The rules that a packet used are those of its way, hop by hop; test_packet_model.py has the ways."""

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.property import packet_cases as made

from juyong.engines.packet import INTERNET, Because, Compiled, Stage, used

cases = st.integers(0, 10**9).map(made.Cases)
JUDGED = {Stage.EGRESS_GROUP, Stage.EGRESS_ACL, Stage.INGRESS_ACL, Stage.INGRESS_GROUP}
BY_A_RULE = {Because.RULE, Because.INNER_ACCESS}


@settings(max_examples=100)
@given(cases)
def test_used_rules_are_those_of_the_way(cases):
    note(str(cases.network))
    compiled = Compiled(made.engine_network(cases.network))
    met = 0
    for _ in range(40):
        start, drawn = cases.packet()
        packet = made.engine_packet(drawn)
        path = compiled.explain(packet, start)
        judged = [hop for hop in path.hops if hop.stage in JUDGED]
        inside = path.arrived if start == INTERNET else packet
        target = path.end if path.end in compiled.parts.interfaces else ""
        if not path.delivered and judged and judged[-1].stage is Stage.INGRESS_GROUP:
            target = judged[-1].at
        if not judged or (any(hop.stage is Stage.SOURCE_NAT for hop in path.hops) and target):
            continue
        if not path.delivered and not target and judged[-1].passed:
            continue  # Something that is no rule dropped the packet.
        if not path.delivered and judged[-1].stage is Stage.INGRESS_ACL:
            continue  # The hop names the vSwitch, and no interface.
        source = "" if start == INTERNET else start
        found = used(compiled, inside, source, target, passed=path.delivered)
        assert set(found.ids) == {hop.by for hop in judged if hop.because in BY_A_RULE}, path
        assert found.opens == path.delivered
        met += 1
    note(f"{met} ways")

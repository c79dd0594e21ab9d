"""The model beside libmodsecurity 3: whole sets of rule ids over the stages, for a person to read.

    python -m tests.inspect_suite.peer --every 8 --first 0

The wheel `libmodsecurity` is of the group bench. Each line names a rule, how often one engine found
it and the other did not, and a stage where that happened. Rules of the log phase are left out, as
the wheel tells none. docs/explanation/waf-engine.md has the causes of what is left.
"""

import argparse
import tempfile
from pathlib import Path

import libmodsecurity
from tests.inspect_suite.peer_rules import readable
from tests.inspect_suite.rule_sets import SETTINGS, crs4, crs4_folder
from tests.inspect_suite.running import ids, inspect
from tests.inspect_suite.stages import Stage, stages

from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.rules import Phase, Rule

_PROCESSORS = r"""
SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\+|/)|text/)xml" \
    "id:2,phase:1,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "^application/(?:[a-z0-9.-]+[+])?json" \
    "id:3,phase:1,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
"""


def main() -> None:
    """Compare, and print the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=8, help="one stage of so many is run")
    parser.add_argument("--first", type=int, default=0, help="the first stage to run")
    asked = parser.parse_args()
    engine = libmodsecurity.ModSecurity()
    engine.set_log_callback(lambda _line: None)
    rules = _rules()
    ours = ModelEngine(crs4())
    late = {
        item.id
        for item in ours.program.rules.items
        if isinstance(item, Rule) and item.phase is Phase.LOGGING
    }
    more, fewer = dict[int, list[str]](), dict[int, list[str]]()
    ran = same = 0
    for stage in list(stages(crs4_folder() / "tests"))[asked.first :: asked.every]:
        theirs = _ids(engine, rules, stage)
        if theirs is None:
            continue
        found = ids(inspect(ours, stage)) - late
        ran, same = ran + 1, same + (found == theirs)
        for rule in found - theirs:
            more.setdefault(rule, []).append(stage.name)
        for rule in theirs - found:
            fewer.setdefault(rule, []).append(stage.name)
    print(f"{same} of {ran} stages have the same rules")
    for title, names in (("the model alone", more), ("libmodsecurity alone", fewer)):
        for rule, found_in in sorted(names.items(), key=lambda one: -len(one[1])):
            print(f"{title}: {rule} in {len(found_in)} stages, as {found_in[0]}")


def _rules() -> libmodsecurity.RulesSet:
    """Load the rule set from a copy: the parser of libmodsecurity takes no `@` in a path."""
    rules = libmodsecurity.RulesSet()
    with tempfile.TemporaryDirectory() as folder:
        source = crs4_folder() / "rules"
        for file in [source / "@crs-setup.conf.example", *(source / "@owasp_crs").iterdir()]:
            Path(folder, file.name.lstrip("@")).write_bytes(readable(file.read_bytes()))
        main = Path(folder, "settings")
        main.write_text(
            SETTINGS.format(level=4) + _PROCESSORS + "Include crs-setup.conf.example\n"
            "Include *.conf\n"
        )
        if rules.load_from_uri(str(main)) < 0:
            raise SystemExit(rules.get_parser_error())
    return rules


def _ids(
    engine: libmodsecurity.ModSecurity, rules: libmodsecurity.RulesSet, stage: Stage
) -> frozenset[int] | None:
    """Return the rules that libmodsecurity finds; None where it cannot be handed the bytes."""
    request, response = stage.request, stage.response
    if request is None:
        return None
    one = libmodsecurity.Transaction(engine, rules)
    one.process_connection(request.client.address, request.client.port, "127.0.0.1", 80)
    try:
        target, method = request.target.decode(), request.method.decode()
        headers = [(name.decode(), value.decode()) for name, value in request.headers]
    except UnicodeDecodeError:
        return None
    one.process_uri(target, method, request.version.removeprefix("HTTP/"))
    for name, value in headers:
        one.add_request_header(name, value)
    one.process_request_headers()
    one.append_request_body(stage.body)
    one.process_request_body()
    for name, value in response.headers:
        one.add_response_header(name.decode(), value.decode())
    one.process_response_headers(response.status, response.version)
    one.append_response_body(stage.answer)
    one.process_response_body()
    one.process_logging()
    return frozenset(message.rule_id for message in one.get_rule_messages())


if __name__ == "__main__":
    main()

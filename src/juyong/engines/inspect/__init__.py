"""HTTP judged by rules: SecLang compiled, two engines of one contract, verdicts with reasons.

Pure: no store, no network, no clock. Bytes stay bytes; a text is made only for people.

    http.py       requests and responses as a parser hands them over
    rules.py      rules as SecLang says them, parsed
    verdict.py    verdicts, hits and the contract of the engines
    gates.py      first links on values: the part that a fast core takes over
    limits.py     bounds on all that a client may send
    stored.py     collections that outlive a request
    errors.py     why an inspection ends without an answer of its rules
    core.py       the native core, where that is installed
    seclang/      text of rules to `RuleSet`
    transforms/   one transformation a function
    operators/    one operator a function
    tokens/       tokenisers of SQL and HTML for @detectSQLi and @detectXSS
    variables.py  requests, bodies and responses to the variables that rules read
    views.py      further readings of values, for servers that decode once more
    bodies/       bodies by their media type
    model/        the readable engine, rule by rule
    plan/         rules to a plan: partial evaluation, literal factors
    fast/         the fast engine over a plan

Source: the reference manual of ModSecurity 2.9 and 3 for the language (documented).
"""

"""The fast engine: gates behind a prefilter, and rules that run only where a gate let them.

plain.py      every gate on every value: the model of all gates
gates.py      the same answers from few tests
"""

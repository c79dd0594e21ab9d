"""The parts wired together: home, settings, first start, the running platform."""

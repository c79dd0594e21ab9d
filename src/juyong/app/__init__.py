"""Where the parts are wired together: home, settings, first start, the running platform."""

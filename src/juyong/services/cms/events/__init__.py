"""Events, and the rules that pass events on."""

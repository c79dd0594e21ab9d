"""What the helper asks of `ip`, where devices come and go by themselves."""

import pytest

from juyong.netplane.helper import kernel


@pytest.fixture
def system(monkeypatch):
    """Devices of a system, of which some go while `ip` works."""
    there, asked = {"e1", "e2", "e3"}, []
    going = set()

    def roads(lines):
        lines = list(lines)
        asked.extend(lines)
        there.difference_update(going)
        for line in lines:
            device = line.split()[2]
            if device not in there:
                raise kernel.Refused(f'Cannot find device "{device}"')
            if device != "e3":
                there.discard(device)

    monkeypatch.setattr(kernel, "roads", roads)
    monkeypatch.setattr(kernel, "_devices", lambda: set(there))
    return there, going, asked


def test_a_device_that_goes_meanwhile_is_no_failure(system):
    there, going, asked = system
    going.add("e1")
    kernel.roads_that_stand(["link del e1", "link del e2", "link del e9"])
    assert there == {"e3"}
    assert asked == ["link del e1", "link del e2", "link del e2"]


def test_a_device_that_stays_is_one(monkeypatch):
    def refuse(lines):
        if list(lines):
            raise kernel.Refused("no")

    monkeypatch.setattr(kernel, "roads", refuse)
    monkeypatch.setattr(kernel, "_devices", lambda: {"e1"})
    with pytest.raises(kernel.Refused):
        kernel.roads_that_stand(["link del e1"])

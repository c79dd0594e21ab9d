"""A packet of an answer, judged by the engine over the networks of a home."""

from pathlib import Path as File
from typing import Any

from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.engines.packet import Packet, Path
from juyong.services.network.picture import picture


def replayed(home: File, sent: dict[str, Any]) -> Path:
    """Return the path of a packet as a document shows the packet."""
    packet = Packet.of(
        str(sent["protocol"]),
        sent["source"],
        sent["target"],
        source_port=sent["source_port"],
        target_port=sent["target_port"],
    )
    running = open_platform(home, settings=Settings(durable=False))
    try:
        compiled = running.store.call(picture).compiled
    finally:
        running.close()
    return compiled.explain(packet, sent["start"])

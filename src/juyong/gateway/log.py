"""The log of the gateway and of what is above; see base.log."""

from juyong.base.log import log

__all__ = ["log"]

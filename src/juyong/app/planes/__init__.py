"""The supervision of planes: work outside of calls, as `juyong.api.plane` describes it."""

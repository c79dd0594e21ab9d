"""Each hour: review the rules."""

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.services.network.usage.keeping import PIECE
from juyong.services.network.usage.reviewing import review


@job("network.review", every=3600, rows=PIECE)
def review_rules(bench: Bench) -> None:
    """Find the rules of no use; what two servers find at once is alike."""
    review(bench)

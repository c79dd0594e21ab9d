"""The worker's task is started again, whatever ends it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from juyong.worker.figures import Figures
from juyong.worker.supervise import kept_running


async def returns() -> None:
    return


async def raises() -> None:
    raise KeyError("x")


async def cancels_itself() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("ends", "cause"),
    [
        (returns, "it returned"),
        (raises, "KeyError('x')"),
        (cancels_itself, "it was cancelled from within"),
    ],
)
def test_a_worker_that_ends_is_started_again(
    ends: Callable[[], Awaitable[None]], cause: str
) -> None:
    figures, told = Figures(), []
    states: list[str] = []

    async def story() -> None:
        sound = asyncio.Event()
        starts = 0

        async def work() -> None:
            nonlocal starts
            starts += 1
            states.append(figures.state)
            if starts < 3:
                await ends()
                return
            sound.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(kept_running(work, figures, told.append, first_pause=0.001))
        await asyncio.wait_for(sound.wait(), 10)
        assert (figures.state, figures.restarts) == ("running", 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    assert told == [cause, cause]
    assert states == ["running"] * 3


def test_the_state_shows_that_the_worker_is_down() -> None:
    figures = Figures()

    async def story() -> None:
        told = asyncio.Event()
        task = asyncio.create_task(
            kept_running(raises, figures, lambda _: told.set(), first_pause=60)
        )
        await asyncio.wait_for(told.wait(), 10)
        assert figures.state == "restarting"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert figures.state == "starting"
    asyncio.run(story())

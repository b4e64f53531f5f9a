"""Which of the camera's pictures are taken, run in node."""

from __future__ import annotations

from tests.node import run_module


def test_pictures_that_come_during_work_wait_and_only_the_newest_is_taken() -> None:
    """The camera delivers 10 … 70 while the first is at work; the third work ends the loop."""
    taken = run_module(
        """
        const { forEachFrame } = await import(PAGE + "/cameras/video_frames.js");
        let deliver = null;
        const video = { requestVideoFrameCallback: (call) => { deliver = (ms) => call(ms, { captureTime: ms }); } };
        const taken = [], ends = [];
        const stop = forEachFrame(video, (ms) => new Promise((end) => { taken.push(ms); ends.push(end); }));
        const turn = () => new Promise((done) => setTimeout(done));
        for (const ms of [10, 30, 50, 70]) deliver(ms);
        ends.shift()(); await turn();          // 30 and 50 are too old by now
        ends.shift()(); await turn();          // nothing has come since
        deliver(90); deliver(110); stop();
        ends.shift()(); await turn();          // 110 waited in vain
        deliver(130); await turn();
        console.log(JSON.stringify(taken));
        """,
        None,
    )
    assert taken == [10, 70, 90]

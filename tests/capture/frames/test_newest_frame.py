"""The mailbox with one slot."""

import threading
import time

from capture.frames.newest_frame import NewestFrame


def test_the_newest_value_wins_and_the_others_are_counted():
    mailbox = NewestFrame()
    for value in (1, 2, 3):
        mailbox.put(value)
    assert mailbox.take() == 3
    assert mailbox.dropped == 2


def test_a_value_is_taken_once():
    mailbox = NewestFrame()
    mailbox.put(1)
    assert mailbox.take() == 1
    assert mailbox.take(timeout_s=0.0) is None
    assert mailbox.dropped == 0


def test_a_waiting_taker_gets_the_value_that_arrives():
    mailbox, taken = NewestFrame(), []
    taker = threading.Thread(target=lambda: taken.append(mailbox.take()))
    taker.start()
    mailbox.put("late")
    taker.join(5)
    assert taken == ["late"]


def test_closing_wakes_the_taker_with_nothing():
    mailbox, taken = NewestFrame(), []
    taker = threading.Thread(target=lambda: taken.append(mailbox.take()))
    taker.start()
    mailbox.close()
    taker.join(5)
    assert taken == [None]


def test_the_last_value_can_be_taken_after_closing():
    mailbox = NewestFrame()
    mailbox.put(1)
    mailbox.close()
    assert not mailbox.closed
    assert mailbox.take() == 1
    assert mailbox.closed


def test_a_slow_taker_sees_only_rising_values_and_misses_the_rest():
    mailbox, count = NewestFrame(), 2000
    seen = []

    def take_all():
        while (value := mailbox.take()) is not None:
            seen.append(value)
            time.sleep(0.0005)

    taker = threading.Thread(target=take_all)
    taker.start()
    for value in range(1, count + 1):
        mailbox.put(value)
    mailbox.close()
    taker.join(10)
    assert seen == sorted(set(seen))
    assert seen[-1] == count
    assert len(seen) + mailbox.dropped == count

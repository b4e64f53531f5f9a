"""Other tissue for a head that is running: made ready beside the live loop, shown with the next frame.

Specialising takes some hundredths of a second, longer than a frame may wait, so a thread does it and the
driver goes on with the tissue it has. Only the newest of several requests counts.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from capture.frames.newest_frame import NewestFrame
from landmark_driver.drivers.head_driver import MaterialDriver
from landmark_driver.tissue.tissue_setting import TissueSetting


class TissueControl:
    """A control that changes the tissue of one running driver. Its thread starts with the first request."""

    def __init__(self, driver: MaterialDriver, target: TissueSetting):
        self.driver, self.target = driver, target
        """`target` is the character's own material, which requests edit."""
        self._requests: NewestFrame[tuple[int, TissueSetting]] = NewestFrame()
        self._asked = 0
        self._thread: threading.Thread | None = None
        self._in_force = threading.Event()

    def request(
        self, values: Mapping[str, float], gravity_m_s2: tuple[float, float, float] | None = None
    ) -> TissueSetting:
        """Request the character's own tissue with some values replaced, and return at once.

        Args:
            values: by name, as in {"cheek_left.stiffness": 0.5, "mandible.scale": 0.9}.
            gravity_m_s2: (3,) m/s^2, head frame; None keeps the character's own.

        Returns:
            The setting that is made ready.

        Raises:
            TissueSettingError: for a name that does not exist, and a value that networks have not learned.
        """
        setting = self.target.with_values(values, gravity_m_s2)
        setting.check_trained()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="tissue", daemon=True)
            self._thread.start()
        self._in_force.clear()
        self._asked += 1
        self._requests.put((self._asked, setting))
        return setting

    def wait_until_shown(self, timeout_s: float) -> bool:
        """Wait for the newest request, in scripts and tests, never in the live loop.

        Args:
            timeout_s: seconds after which to give up.

        Returns:
            Whether the newest request is in force.
        """
        return self._in_force.wait(timeout_s)

    def stop(self) -> None:
        """Stop the thread; later requests have no effect."""
        self._requests.close()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _work(self) -> None:
        while not self._requests.closed:
            request = self._requests.take(0.5)
            if request is None:
                continue
            number, setting = request
            self.driver.set_material(setting)
            if number == self._asked:
                self._in_force.set()

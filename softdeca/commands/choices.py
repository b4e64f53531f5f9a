"""Flags that several commands have, with their help written once."""

from __future__ import annotations

from typing import Annotated

import tyro

from landmark_driver.drivers.driver_names import DRIVER_HELP, DriverName
from landmark_driver.identities.identity_names import IDENTITIES_HELP
from landmark_driver.people import PEOPLE_HELP

DriverChoice = Annotated[DriverName | None, tyro.conf.arg(help=DRIVER_HELP)]
HeadChoice = Annotated[str, tyro.conf.arg(help=PEOPLE_HELP)]
IdentitiesChoice = Annotated[str, tyro.conf.arg(help=IDENTITIES_HELP)]

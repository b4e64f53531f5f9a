"""The step of an installation that pyproject.toml cannot express: the library of C sources, where there is a compiler.

The library needs no headers of Python, so one of it serves every Python. Without a compiler the installation goes on, and the
frame runs in NumPy.
"""

import runpy
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

FOLDER = Path("landmark_driver", "compiled")
SOURCES = sorted(str(path) for path in (FOLDER / "c").glob("*.c"))
HEADERS = sorted(str(path) for path in (FOLDER / "c").glob("*.h"))
FLAGS = ["-std=c11", "-O3", "-g0", "-ffp-contract=off", "-fvisibility=hidden"]
"""Lips need NumPy's rounding, so the compiler fuses no products and sums but where the sources allow it."""


class BuildLibrary(build_ext):
    """A plain shared library under a name of its own."""

    def get_ext_filename(self, fullname: str) -> str:
        return str(Path(*fullname.split(".")).with_suffix(".so"))

    def get_export_symbols(self, ext) -> list[str]:
        return ext.export_symbols


class PlatformWheel(bdist_wheel):
    """A wheel for any Python 3 on this kind of machine."""

    def get_tag(self) -> tuple[str, str, str]:
        python, abi, platform = super().get_tag()
        return ("py3", "none", platform) if abi != "none" else (python, abi, platform)


checksum = runpy.run_path(str(FOLDER / "sources.py"))["sources_checksum"]()
library = Extension(
    "landmark_driver.compiled.frame",
    SOURCES,
    depends=HEADERS,
    define_macros=[("SOURCES_CHECKSUM", f'"{checksum}"')],
    extra_compile_args=[] if sys.platform == "win32" else FLAGS,
    libraries=[] if sys.platform == "win32" else ["m"],
    optional=True,
)
setup(ext_modules=[library], cmdclass={"build_ext": BuildLibrary, "bdist_wheel": PlatformWheel})

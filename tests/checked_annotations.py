"""Checks every annotation of the packages' public functions, methods and dataclasses while tests run.

jaxtyping's own import hook decorates the source, where Numba would have to compile the wrapper of a kernel. This
hook wraps the functions and classes of a module that has been executed, among which kernels are no plain functions any more.
"""

from __future__ import annotations

import inspect
import sys
from functools import cached_property, wraps
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import FunctionType, ModuleType
from typing import Any, runtime_checkable

import numpy as np
from beartype import BeartypeConf, FrozenDict, beartype
from jaxtyping import TypeCheckError, jaxtyped

PACKAGES = ("capture", "landmark_driver", "export", "desktop_viewer", "firmware_bench", "softdeca")

# NumPy's scalars may stand for Python's, and narrower numbers for wider ones.
_SCALARS = {
    bool: bool | np.bool_,
    int: int | np.integer,
    float: float | int | np.floating | np.integer,
    complex: complex | float | int | np.number,
}
_beartype = beartype(conf=BeartypeConf(hint_overrides=FrozenDict(_SCALARS)))


def install() -> None:
    """Check every module of the packages that is imported from now on."""
    loaded = [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    assert not loaded, (
        f"Expected no module of the packages yet, got {loaded}. Install the checks before any import."
    )
    sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in PACKAGES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        own = {name: value for name, value in vars(module).items() if _module_of(value) == module.__name__}
        protocols = {name for name, value in own.items() if getattr(value, "_is_protocol", False)}
        for name in protocols:
            runtime_checkable(own[name])
        for name, value in own.items():
            if name.startswith("_") or name in protocols:
                continue
            if isinstance(value, type):
                _check_class(value)
            else:
                setattr(module, name, _checked(value))


def _module_of(value: Any) -> str | None:
    """Return the module that defines a function or class; None for other objects."""
    return value.__module__ if isinstance(value, type | FunctionType) else None


def _check_class(kind: type) -> None:
    for name, value in list(vars(kind).items()):
        if name.startswith("_") and name not in ("__init__", "__call__"):
            continue
        if isinstance(value, FunctionType):
            setattr(kind, name, _checked(value))
        elif isinstance(value, staticmethod | classmethod):
            setattr(kind, name, type(value)(_checked(value.__func__)))
        elif isinstance(value, property):
            setattr(kind, name, property(*(f and _checked(f) for f in (value.fget, value.fset, value.fdel))))
        elif isinstance(value, cached_property):
            value.func = _checked(value.func)


def _checked(function: Any) -> Any:
    """Return the function with its annotations checked.

    An argument that the function itself refuses by a named error is refused by that error. A lambda, a decorated function
    (its annotations are those of the function within) and an asynchronous one stay as they are.
    """
    if (
        function.__name__ == "<lambda>"
        or hasattr(function, "__wrapped__")
        or inspect.iscoroutinefunction(function)
    ):
        return function
    checking = jaxtyped(function, typechecker=_beartype)
    refusal = f"the parameters of {function.__module__}.{function.__qualname__}."

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            return checking(*args, **kwargs)
        except TypeCheckError as error:
            if refusal in str(error).partition("\n")[0]:
                _refuse(function, args, kwargs)
            raise

    return checked


def _refuse(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Call a function for the named error that it may raise."""
    from capture.softdeca_error import SoftdecaError

    try:
        function(*args, **kwargs)
    except SoftdecaError as error:
        raise error from None
    except Exception:
        return

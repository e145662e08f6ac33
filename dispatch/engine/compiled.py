"""The decorator for compiled functions, and where their machine code is kept.

Numba notices a change in the file of the function that is called, not in the files of those it calls. The cache is
therefore kept per digest of all files with compiled code: a changed engine never runs old code. Compiling takes about a
minute, once per version (`python -m dispatch warm`); after that loading takes under a second.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def _digest() -> str:
    digest = sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        text = source.read_bytes()
        if b"import compiled" in text or b"import entry" in text or source.stem in {"compiled", "model"}:
            digest.update(text)
    return digest.hexdigest()[:12]


def _cache_folder() -> Path:
    """Beside the sources where one may write, else in the temporary folder."""
    beside = Path(__file__).parent / "__pycache__"
    beside.mkdir(exist_ok=True) if os.access(beside.parent, os.W_OK) else None
    root = beside if os.access(beside, os.W_OK) else Path(tempfile.gettempdir()) / "onecall-planner"
    return root / f"numba-{_digest()}"


if "NUMBA_CACHE_DIR" not in os.environ:
    cast("Any", numba.config).CACHE_DIR = str(_cache_folder())


_COMPILE = cast("Any", numba.njit)
# Without numba's counting of references: only entries make arrays, and counting makes everything five times slower.
_UNCOUNTED = _COMPILE(cache=True, nogil=True, error_model="numpy", _nrt=False)
_WRITTEN_OUT = _COMPILE(cache=True, nogil=True, error_model="numpy", _nrt=False, inline="always")
_ENTRY = _COMPILE(cache=True, nogil=True, error_model="numpy")


def compiled(function: Function) -> Function:
    """Compile to machine code that runs without Python's lock, and keep it on disk."""
    return cast("Function", _UNCOUNTED(function))


def inlined(function: Function) -> Function:
    """Like `compiled`, for the small functions of the innermost loops: written out where they are called."""
    return cast("Function", _WRITTEN_OUT(function))


def entry(function: Function) -> Function:
    """Like `compiled`, for the functions called from Python: only these may make arrays."""
    return cast("Function", _ENTRY(function))

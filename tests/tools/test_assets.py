"""The front-end parts: pinned, bundled, and from no other host."""

import json
import re
from pathlib import Path

from tools.assets import ASSETS, PROJECT, VENDOR, find_npm


def test_the_lock_file_names_no_host_and_has_a_checksum_for_every_package() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text(encoding="utf-8"))

    packages = {name: package for name, package in lock["packages"].items() if name}

    assert packages
    assert {name for name, package in packages.items() if "resolved" in package} == set()
    assert {name for name, package in packages.items() if not package.get("integrity")} == set()


def test_every_vendored_file_that_pages_load_is_bundled() -> None:
    templates = "\n".join(path.read_text("utf-8") for path in (PROJECT / "web" / "templates").glob("*.html"))

    loaded = set(re.findall(r"(?:asset|module)\(['\"]vendor/([^'\"]+)['\"]\)", templates))

    assert loaded
    # What has a folder of its own is loaded by one of its files, which finds the others.
    assert {Path(name).parts[0] for name in loaded} == {Path(name).parts[0] for name in ASSETS.values()}
    assert loaded <= set(ASSETS.values())
    assert {name for name in ASSETS.values() if not (VENDOR / name).exists()} == set()


def test_npm_is_used_only_together_with_its_node(tmp_path: Path) -> None:
    for name in ("npm", "node"):
        (tmp_path / name).touch(mode=0o755)
    together = find_npm(str(tmp_path))

    (tmp_path / "node").unlink()

    assert together
    assert find_npm(str(tmp_path)) is None

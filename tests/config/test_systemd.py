"""The units of `deploy/`, for hosts without containers."""

import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from config import env

UNITS = sorted((env.ROOT / "deploy").glob("*.service"))


def read(unit: Path) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_it_names_again_whenever_it_ends(unit):
    service = read(unit)["Service"]
    assert service["Restart"] == "always"
    assert service["KillMode"] == "mixed"  # the main process ends the others in order
    assert service["OOMPolicy"] == "continue"
    assert read(unit)["Unit"]["StartLimitIntervalSec"] == "0"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path):
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/annotate/.venv/bin/python", sys.executable)
        (tmp_path / unit.name.replace("@", "@8001")).write_text(text)
    units = sorted(str(path) for path in tmp_path.iterdir())
    verified = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_web_server_is_drained_before_it_is_stopped():
    service = read(env.ROOT / "deploy" / "annotate-web@.service")["Service"]
    assert "DRAIN_FILE=/run/annotate-web-%i/draining" in service["Environment"]
    assert service["RuntimeDirectory"] == "annotate-web-%i"  # removed with the file in it when the server has ended
    assert 'touch "$DRAIN_FILE"; sleep 3' in service["ExecStop"]

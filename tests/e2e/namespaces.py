"""Namespaces of the kernel's for a test: as root, or as a user whom the machine lets have his own."""

import functools
import os
import subprocess

OWN_USER = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]


def unshare(*kinds):
    """A command that runs a command in namespaces of its own."""
    return ["unshare", *OWN_USER, *(f"--{kind}" for kind in kinds), "--"]


@functools.cache
def why_not(*kinds):
    """Why the machine does not let us; empty when it does."""
    mount = ["mount", "-t", "tmpfs", "none", "/mnt"] if "mount" in kinds else ["true"]
    try:
        done = subprocess.run([*unshare(*kinds), *mount], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError as error:
        return str(error)
    return done.stderr.strip() if done.returncode else ""

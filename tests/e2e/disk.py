"""A file system of a test's own: small, and nobody else's."""

import os
import subprocess

from namespaces import OWN_USER, unshare


class Disk:
    """A tmpfs on `folder`, seen only by what is run with `prefix`; `outside` is where it is seen
    from here."""

    def __init__(self, folder, size="128k", inodes=64):
        os.makedirs(folder, exist_ok=True)
        script = (f"mount -t tmpfs -o size={size},nr_inodes={inodes},mode=0700 none {folder} && "
                  "echo ready && exec sleep infinity")
        self.folder = folder
        self.keeper = subprocess.Popen([*unshare("mount"), "sh", "-c", script], text=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if self.keeper.stdout.readline() != "ready\n":
            raise AssertionError("no file system")
        own_user = ["--user", "--preserve-credentials"] if OWN_USER else []
        self.prefix = ["nsenter", f"--target={self.keeper.pid}", *own_user, "--mount", "--"]
        self.outside = f"/proc/{self.keeper.pid}/root{folder}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.keeper.kill()
        self.keeper.wait()
        self.keeper.stdout.close()

    def fill(self):
        """Until not another byte goes in."""
        with open(os.path.join(self.outside, "filler"), "ab", buffering=0) as filler:
            for size in (4096, 1):
                try:
                    while True:
                        filler.write(b"\0" * size)
                except OSError:
                    continue

    def free(self):
        os.unlink(os.path.join(self.outside, "filler"))

    def remount(self, options):
        subprocess.run([*self.prefix, "mount", "-o", f"remount,{options}", self.folder], check=True)

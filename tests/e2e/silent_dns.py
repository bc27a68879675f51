#!/usr/bin/python3
"""silent_dns.py COMMAND…: runs it where names are asked for and nobody ever answers.

To be run in a mount and a network namespace of its own (unshare --mount --net). The socket that
takes the questions stays open in the command itself, which does not know of it.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def bring_up(interface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", interface.encode(), 0)
        name, flags = struct.unpack("16sH14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", name, flags | IFF_UP))


def replace(path, text):
    """In this mount namespace alone; the path may be a link."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.chmod(file.name, 0o644)
        subprocess.run(["mount", "--bind", file.name, os.path.realpath(path)], check=True)


def main(command):
    bring_up("lo")
    replace("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
    replace("/etc/nsswitch.conf", "hosts: dns\n")
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 53))
    silent.set_inheritable(True)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Types a session into `paddock cli` in a pty and keeps every byte that the terminal got: shell.py PADDOCK SERVER FILE."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

COLUMNS, ROWS = 96, 42
paddock, server, result = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    os.environ["TERM"] = "xterm-256color"
    os.execv(paddock, [paddock, "cli", "--no-history", "-server", server])
got, number = b"", 0


def read(until, patience=20.0):
    """Reads until a text has come behind what was there before."""
    global got
    seen, end = len(got), time.monotonic() + patience
    while until not in got[seen:]:
        if time.monotonic() > end:
            sys.exit(f"shell.py: waited in vain for {until!r}; the end is {got[-300:]!r}")
        if select.select([terminal], [], [], 0.2)[0]:
            got += os.read(terminal, 65536)


def prompt():
    """Waits for the next prompt, and for the shell to listen to single keys behind it."""
    global number
    read(b"(CONNECTED) %d] " % number)
    number += 1
    time.sleep(1)


def line(text):
    os.write(terminal, text.encode() + b"\r")
    prompt()


def other(*words):
    """What somebody else does."""
    subprocess.run([paddock, "cli", "-server", server, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


prompt()
line("tree -s -d 2 /shop")
os.write(terminal, b"json /shop/con\t")
read(b"config")
line("")
line("create -e /shop/members/me here")
os.write(terminal, b"watch -d -c 3 /shop/config\r")
read(b"Watching")
other("set", "/shop/config/eu-west", '{"replicas":4}')
other("create", "/shop/config/ap-south", '{"replicas":2}')
other("delete", "/shop/config/ap-south")
prompt()
os.write(terminal, b"get\t\t")
read(b"getEphemerals")
time.sleep(1)
got += os.read(terminal, 65536) if select.select([terminal], [], [], 0)[0] else b""
with open(result, "wb") as file:
    file.write(got)
os.close(terminal)

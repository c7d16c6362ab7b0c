"""What systemd is told: sd_notify(3), and how often its watchdog wants to hear from us.

The protocol is one datagram to the socket named in $NOTIFY_SOCKET; without it there is no service manager to tell.
"""

import os
import socket


def sd_notify(state: str) -> bool:
    """Tell the service manager `state`, such as "READY=1" or "STATUS=…" (more than one, a line each).

    True when it was told. Failures are not errors: a service must not die because nobody wants to hear of it.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = f"\0{address[1:]}"  # an abstract socket (unix(7))
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as client:
            # The socket's buffer may be full for a moment; a manager that does not read for longer must not hang us.
            client.settimeout(1)
            client.connect(address)
            client.sendall(state.encode("utf-8", "replace"))
    except OSError:
        return False
    return True


def watchdog_interval() -> float | None:
    """Seconds after which "WATCHDOG=1" is due again: half of what the unit allows; None where nobody watches."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    process = os.environ.get("WATCHDOG_PID", "")
    if not microseconds.isdigit() or int(microseconds) == 0 or process not in ("", str(os.getpid())):
        return None
    return int(microseconds) / 2_000_000

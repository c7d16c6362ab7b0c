"""How is memory given back to the system that a large mail took? By telling malloc of glibc (mallopt(3))."""

import contextlib
import ctypes

MAPPED_BYTES = 256 * 1024
"""From this size on, memory is asked of the system and given back to it."""
ARENAS = 2
"""Heaps that threads share: each keeps some of what was freed in it."""
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8


def give_back() -> None:
    """From now on, in this process and what is forked from it; also a second time.

    Otherwise malloc learns from the first large mail to keep such pieces, and to break them up for other things.
    """
    with contextlib.suppress(AttributeError, OSError):  # another C library has other ways
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, MAPPED_BYTES)
        library.mallopt(_M_ARENA_MAX, ARENAS)

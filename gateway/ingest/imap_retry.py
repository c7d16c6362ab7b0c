"""When is something tried again: a mailbox that failed, and a mail that could not be fetched.

What must stay true: one mail that always fails, even one whose FETCH makes the server hang up, never keeps the mails
beside it from being taken, and is never given up.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 300.0
MAIL_FIRST_SECONDS = 10.0
MAIL_LONGEST_SECONDS = 3600.0


@dataclass(slots=True)
class Backoff:
    """Pauses between tries to reach a server: they double from 1 second to 5 minutes."""

    tries: int = 0

    def next_seconds(self) -> float:
        """The pause after one more failure, up to a half shorter by chance, so that many readers do not go in step."""
        longest = min(FIRST_SECONDS * 2.0**self.tries, LONGEST_SECONDS)
        self.tries = min(self.tries + 1, 30)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret, only spread

    def reset(self) -> None:
        """It worked: the next failure starts from 1 second again."""
        self.tries = 0


@dataclass(slots=True)
class _Tried:
    times: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class Attempts:
    """The mails of one folder whose fetching has begun and not ended well, by UID.

    An attempt counts before the FETCH is sent, for a server that hangs up over a mail says nothing afterwards. After
    the first one a mail is fetched alone, at once; after the second it waits 10 seconds, then longer, up to an hour.
    """

    _tried: dict[int, _Tried] = field(default_factory=dict)

    def begin(self, uids: Iterable[int], now: float) -> None:
        """These are about to be fetched."""
        for uid in uids:
            tried = self._tried.setdefault(uid, _Tried())
            tried.times += 1
            tried.not_before = now + self.pause_seconds(uid)

    def forget(self, uids: Iterable[int]) -> None:
        """These are taken, or are not to blame for what failed."""
        for uid in uids:
            self._tried.pop(uid, None)

    def forget_others(self, present: Iterable[int]) -> None:
        """Only these are still in the folder."""
        gone = self._tried.keys() - set(present)
        self.forget(gone)

    def pause_seconds(self, uid: int) -> float:
        """How long this mail waits if the attempt that has begun fails."""
        times = self._tried[uid].times
        return 0.0 if times < 2 else min(MAIL_FIRST_SECONDS * 2.0 ** min(times - 2, 30), MAIL_LONGEST_SECONDS)

    def plan(self, sizes: Mapping[int, int], *, count: int, size: int, now: float) -> Iterator[Sequence[int]]:
        """Batches of at most `count` mails and `size` bytes, oldest first; a larger mail alone, then the suspects."""
        batch: list[int] = []
        batch_size = 0
        for uid in sorted(sizes.keys() - self._tried.keys()):
            if batch and (len(batch) == count or batch_size + sizes[uid] > size):
                yield batch
                batch, batch_size = [], 0
            batch.append(uid)
            batch_size += sizes[uid]
        if batch:
            yield batch
        for uid in sorted(sizes.keys() & self._tried.keys()):
            if self._tried[uid].not_before <= now:
                yield [uid]

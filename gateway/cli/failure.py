"""How a command ends when it does not simply succeed: the exit code and the sentence for each kind of failure.

    0 done      1 the answer is no      2 wrong usage, configuration or schema      70 a fault of the program
    75 try again later (EX_TEMPFAIL of sysexits.h)      130 interrupted (128 + SIGINT)

What must stay true: `import -` stands behind a mail server, which bounces a mail on every code but 0 and 75. So where
its mail is not durably kept the code is 75, whatever the cause (I1), but for a mail that will never be taken.
"""

import errno
import os
import traceback
from typing import NoReturn

import click

from gateway.cli.escape import block
from gateway.errors import ConfigError, GatewayError, StoreMismatch, Temporary

DEBUG_VARIABLE = "TICKET_GATEWAY_DEBUG"
TRY_AGAIN = 75


class Failure(click.ClickException):
    """The end of a command, told in words a person can act on; nothing in them can steer a terminal."""

    def __init__(self, reason: str) -> None:
        super().__init__(block(reason))


class No(Failure):
    """The command worked, and the answer is no: nothing found, a check that failed."""

    exit_code = 1


class Refused(No):
    """A mail that will not be taken however often it comes, such as one that is too large: its sender is to hear it."""


class Wrong(Failure):
    """What the operator gave (options, configuration, files) is wrong."""

    exit_code = 2


class Fault(Failure):
    """Something nobody foresaw."""

    exit_code = 70


class Later(Failure):
    """The same command may work later."""

    exit_code = TRY_AGAIN


class Interrupted(Failure):
    """Somebody pressed Ctrl-C."""

    exit_code = 130


def end_with(error: BaseException, *, is_pipe: bool) -> NoReturn:
    """Raise what click is to end with after this error; `is_pipe` while a mail server waits for the exit code."""
    if isinstance(error, click.exceptions.Exit | click.Abort):
        raise error
    if isinstance(error, OSError) and error.errno == errno.EPIPE and not is_pipe:
        raise error  # who read our output has gone; click ends quietly
    failure = _failure(error)
    if is_pipe and not isinstance(failure, Later | Refused):
        raise Later(f"the mail was not kept: {failure.format_message()}") from error
    raise failure from error


def _failure(error: BaseException) -> click.ClickException:
    if isinstance(error, click.ClickException):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("interrupted")
    if isinstance(error, GatewayError):
        return _of_kind(error)
    return _unexpected(error)


def _of_kind(error: GatewayError) -> Failure:
    if isinstance(error, ConfigError | StoreMismatch):
        return Wrong(error.reason)
    if isinstance(error, Temporary):
        return Later(error.reason)
    return No(error.reason)


def _unexpected(error: BaseException) -> Fault:
    if os.environ.get(DEBUG_VARIABLE):
        return Fault("".join(traceback.format_exception(error)).rstrip())
    first = (str(error).strip().splitlines() or [""])[0][:300]
    named = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return Fault(
        f"something unforeseen happened ({named}). This is a fault of ticket-gateway;"
        f" please report it with what {DEBUG_VARIABLE}=1 shows when you run the same command again"
    )

"""Does a mail filter ask us to prove that we are human ("click to deliver")? It is never clicked, and never answered.

Two ways to know one: it comes from a service that does nothing else, or a machine wrote it and it says one of the
sentences that such filters say. A person who talks about such a filter matches neither.
"""

from gateway.mail.message import Message

_SERVICES = (
    *("boxbe.com", "spamarrest.com", "knowspam.net", "sendio.com", "mailinblack.com", "bluebottle.com"),
    *("digiportal.com", "vanquish.com", "spamcease.com", "cleanmail.eu", "mailblocks.com"),
)
_OF_SERVICES = tuple(f".{service}" for service in _SERVICES)
_SENTENCES = (
    *("has been waitlisted", "was waitlisted", "add yourself to my guest list"),
    *("click the link below to be added", "confirm that you are not a spammer"),
    *("click on the link below to deliver", "click the link below to deliver", "to have your message delivered"),
    *("before your message can be delivered", "verify that you are a real person", "prove you are human"),
    *("reply to this message to confirm", "add you to the list of approved senders"),
    *("pour que votre message soit remis", "cliquez sur le lien pour que votre message", "afin de délivrer votre"),
    *("klicken sie auf den link, damit ihre nachricht", "klik op de link om uw bericht af te leveren"),
    *("κάντε κλικ στον σύνδεσμο για να παραδοθεί",),
)
_MACHINES = ("noreply", "no-reply", "donotreply", "do-not-reply", "challenge", "confirm", "antispam", "mailer-daemon")
MAX_TEXT = 4000
"""Characters of the text that are looked at."""


def recognise(message: Message) -> str:
    """Why it is one, "" where it is none."""
    author = message.author.address.casefold() if message.author else ""
    local, _, domain = author.rpartition("@")
    if f".{domain}".endswith(_OF_SERVICES):
        service = next(service for service in _SERVICES if f".{domain}".endswith(f".{service}"))
        return f"it comes from {service}, a filter that asks senders to prove themselves"
    submitted = message.header("Auto-Submitted")
    if submitted and message.header("X-Delivery-Agent").startswith("TMDA"):
        return "a filter (TMDA) asks for a confirmation"
    submitted = submitted.strip().lower()
    if not (local.partition("+")[0] in _MACHINES or (submitted and not submitted.startswith("no"))):
        return ""
    text = " ".join(message.text[:MAX_TEXT].casefold().split())
    found = next((sentence for sentence in _SENTENCES if sentence in text), "")
    return f'a machine asks to be convinced: "{found}"' if found else ""

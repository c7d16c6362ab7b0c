"""What happens that day: everybody writes in the morning, then each customer's matter takes its course beside the rest.

Whoever answers, answers the mail that really lies in his mailbox.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from tests.day.people import BY_NAME, DESIGNER, KIM, LEE, MO, SHOT_OF_ANN, SHOT_OF_KIM, SPAMMER, SPECIALIST
from tests.day.words import (
    BYE_TO_ANN,
    FIRST,
    INSIDE,
    MORE_OF_ANN,
    MORE_OF_ELENI,
    MORE_OF_GERT,
    OF_DESIGNER,
    OF_SPECIALIST,
    SPAM,
    TO_ANN,
    TO_BAS,
    TO_CHLOE,
    TO_DESIGNER,
    TO_DORA,
    TO_ELENI,
    TO_FOTIS,
    TO_GERT,
    TO_GERT_2,
    TO_HANS,
    TO_INES,
    TO_JO,
    TO_KOSTAS,
    TO_LISA,
    TO_SPECIALIST,
    WRONG_TO_KOSTAS,
)
from tests.day.world import World, wait_for_delivery

SIGNATURE = f"\n\n-- \nKim Alba, {KIM}\n"
WAITS = "state IN ('new', 'open', 'waiting_for_us')"


def whole_day(world: World) -> None:
    """All of it, until the last mail is delivered."""
    morning(world)
    in_parallel([lambda course=course: course(world) for course in COURSES])
    wait_for_delivery(world)


def morning(world: World) -> None:
    """Eleven customers and a spammer write to the desk, Lisa writes to Kim herself; each agent is told of each."""
    shot = world.folder / "empty page.png"
    shot.write_bytes(SHOT_OF_ANN)

    def write(name: str) -> None:
        customer = BY_NAME[name.partition(" ")[0]]
        subject, text = FIRST[name]
        to = {"to": KIM} if name == "lisa" else {}
        world.write(customer.address, subject, text, files=(shot,) if name == "ann" else (), **to)

    writing = [lambda name=name: write(name) for name in FIRST if name != "hans 2"]
    in_parallel([*writing, lambda: world.write(SPAMMER, *SPAM)])
    world.until(lambda: world.ticket("hans"), world.state)
    write("hans 2")
    tickets = len(FIRST)  # Lisa's comes later, the spammer's is there
    for agent in (KIM, LEE, MO):
        world.until(lambda agent=agent: len(world.sent(agent, "notification")) == tickets, world.state)


def ann(world: World) -> None:
    """A screenshot each way, four commands with the answer; she goes on in the thread, and the ticket is closed."""
    shot = world.folder / "Lösung.png"
    shot.write_bytes(SHOT_OF_KIM)
    commands = "#take\n#priority high\n#topic payments\n#attach 1\n\n"
    world.reply(told(world, KIM, "ann"), commands + TO_ANN + SIGNATURE, files=(shot,))
    answer = world.wait(BY_NAME["ann"].address, "answer", "ann")
    world.reply(answer, MORE_OF_ANN)
    world.reply(told(world, KIM, "ann", 2), f"#close\n\n{BYE_TO_ANN}\n")


def jo(world: World) -> None:
    """A specialist is asked; what he knows reaches Kim, and Jo gets Kim's words."""
    world.reply(told(world, KIM, "jo"), f"#take\n#forward {SPECIALIST}\n\n{TO_SPECIALIST}\n")
    world.reply(world.wait(SPECIALIST, "forward"), OF_SPECIALIST)
    world.reply(world.wait(KIM, "specialist_answer", "jo"), f"{TO_JO}\n")


def lisa(world: World) -> None:
    """Her mail came to Kim, who passes it on: the ticket is hers, and she hears nothing but the answer."""
    mail = next(each for each in world.mails(KIM) if BY_NAME["lisa"].address in str(each["From"]))
    world.forward(mail, f"#take\n\n{INSIDE['with the forwarded mail']}\n")
    world.reply(told(world, KIM, "lisa"), f"{TO_LISA}\n")


def bas_and_chloe(world: World) -> None:
    """Kim asks Lee by a note, who sends a canned answer; then he wants the next ticket, and it is Chloé's."""
    world.reply(told(world, KIM, "bas"), f"#note Lee\n\n{INSIDE['note for Lee']}\n")
    world.reply(world.wait(LEE, "note", "bas"), f"#canned domain-name shop=kaas.test\n\n{TO_BAS}\n")
    done = world.wait(LEE, "done", "bas")
    world.until(lambda: only_chloe_waits(world), world.state)
    world.reply(done, "#solved\n#next\n")
    world.reply(told(world, LEE, "chloe", 2), f"{TO_CHLOE}\n")


def gert(world: World) -> None:
    """He begins another matter in his ticket, which becomes one of its own."""
    first = told(world, LEE, "gert")
    world.reply(first, "#take\n")
    world.wait(LEE, "done", "gert")
    world.reply(world.wait(BY_NAME["gert"].address, "receipt"), MORE_OF_GERT)
    world.reply(told(world, LEE, "gert", 2), "#split De factuur van mei\n")
    world.reply(told(world, LEE, "gert 2"), f"{TO_GERT_2}\n")
    world.reply(first, f"{TO_GERT}\n")


def ines(world: World) -> None:
    """She has two shops, and Lee knows which one it is; her designer is invited."""
    world.reply(told(world, LEE, "ines"), f"#take\n#shop tarte.test\n#wait 2d\n#invite {DESIGNER}\n\n{TO_DESIGNER}\n")
    world.reply(world.wait(DESIGNER, "invite"), OF_DESIGNER)
    world.reply(told(world, LEE, "ines", 2), f"{TO_INES}\n")


def dora(world: World) -> None:
    """A typo does nothing and comes back; mended, it does all."""
    world.reply(told(world, KIM, "dora"), f"#wiat 3d\n\n{TO_DORA}\n")
    world.reply(world.wait(KIM, "returned", "dora"), f"#wait 3d\n\n{TO_DORA}\n")


def hans(world: World) -> None:
    """He wrote twice: one ticket, for the other team, whose agent looks up the commands first."""
    world.reply(told(world, KIM, "hans 2"), f"#merge {world.ticket('hans')}\n")
    world.wait(KIM, "done", "hans 2")
    world.reply(told(world, KIM, "hans"), "#team billing\n")
    notification = told(world, LEE, "hans", 2)
    world.reply(notification, "#help\n")
    world.wait(LEE, "help", "hans")
    world.reply(notification, f"{TO_HANS}\n")


def eleni(world: World) -> None:
    """Her ticket goes to Mo, who is away; Kim hears of her next mail, calls her and answers."""
    world.reply(told(world, KIM, "eleni"), "#assign Mo\n")
    notification = told(world, MO, "eleni", 2)
    back = datetime.now(UTC) + timedelta(days=4)
    away = f"Λείπω έως και {back.day}/{back.month}/{back.year} και θα σας απαντήσω όταν επιστρέψω."
    world.answer_by_itself(notification, "Αυτόματη απάντηση: εκτός γραφείου", away)
    world.until(lambda: "away" in world.story("eleni"), world.state)
    world.reply(world.wait(BY_NAME["eleni"].address, "receipt"), MORE_OF_ELENI)
    notification = told(world, KIM, "eleni", 2)
    world.reply(notification, "#call\n")
    world.reply(world.wait(KIM, "call", "eleni"), f"#called 12\n\n{INSIDE['call']}\n")
    world.wait(KIM, "done", "eleni", count=3)
    world.reply(notification, f"#take\n\n{TO_ELENI}\n")


def kostas(world: World) -> None:
    """A wrong answer is taken back before it leaves."""
    world.reply(told(world, KIM, "kostas"), f"{WRONG_TO_KOSTAS}\n")
    world.reply(world.wait(KIM, "done", "kostas"), "#undo\n", at_once=True)
    world.reply(world.wait(KIM, "done", "kostas", count=2), f"{TO_KOSTAS}\n")


def fotis(world: World) -> None:
    """He wrote Greek in Latin letters."""
    world.reply(told(world, KIM, "fotis"), f"#language el\n\n{TO_FOTIS}\n")


def deals(world: World) -> None:
    """Nobody wants them."""
    world.reply(told(world, KIM, "deals"), "#spam\n")


COURSES: tuple[Callable[[World], None], ...] = (
    kostas,
    ann,
    jo,
    ines,
    gert,
    eleni,
    bas_and_chloe,
    hans,
    lisa,
    dora,
    fotis,
    deals,
)


def told(world: World, agent: str, name: str, count: int = 1) -> EmailMessage:
    """The newest notification in an agent's mailbox, when there are so many of this ticket."""
    return world.wait(agent, "notification", name, count=count)


def only_chloe_waits(world: World) -> bool:
    """Is hers the only ticket that waits for Lee, or for anybody?"""
    rows = world.rows(f"SELECT correspondent FROM ticket WHERE {WAITS} AND coalesce(assignee, ?) = ?", LEE, LEE)
    return [BY_NAME["chloe"].address] == [row["correspondent"] for row in rows]


def in_parallel(works: Sequence[Callable[[], object]]) -> None:
    """Everything at once; the first failure ends it."""
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()

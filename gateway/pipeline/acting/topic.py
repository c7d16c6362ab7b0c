"""`#topic`: what the ticket is about; the team that looks after that follows, unless somebody chose one."""

from gateway.commands.order import Order
from gateway.pipeline.acting.colleagues import find_name, listed
from gateway.pipeline.acting.scene import Scene
from gateway.tickets import change
from gateway.topics.names import TOPIC_NAMES
from gateway.topics.teams import team_for
from gateway.topics.topic import title_of, topics


def problem(scene: Scene, order: Order) -> str:
    """There is no such topic."""
    if find_topic(order.given.text):
        return ""
    return f"There is no topic `{order.given.text[:60]}`, or several could be meant. There are {listed(TOPIC_NAMES)}."


def do(scene: Scene, order: Order) -> str:
    """Set it."""
    topic, old = find_topic(order.given.text), scene.ticket.topic
    detail = f"from {old or 'none'} to {topic}"
    change.amend(
        scene.tx,
        scene.ticket,
        kind="topic",
        actor=scene.agent.name,
        detail=detail,
        at=scene.at,
        topic=topic,
        team=_team(scene, old, topic),
    )
    return scene.say("topic", topic=title_of(topic, scene.language))


def find_topic(written: str) -> str:
    """The topic that is meant, by its name or by its title in any language; "" where that is not certain."""
    titles = {title: name for name, topic in topics().items() for title in topic.titles.values()}
    return find_name(written, TOPIC_NAMES) or titles.get(find_name(written, list(titles)), "")


def _team(scene: Scene, old: str, topic: str) -> str:
    """The topic's, where nobody chose another one than the old topic's."""
    teams, language = scene.desk.teams, scene.ticket.language
    is_chosen = scene.ticket.team not in ("", team_for(old, teams, language))
    return scene.ticket.team if is_chosen else team_for(topic, teams, language) or scene.ticket.team

"""`#shop`: which of the customer's own shops the ticket is about.

What must stay true: mail says nothing new about who a customer is. Only shops of the ticket's account can be named; a
ticket of no account gets one only where its proven correspondent's address is verified on it.
"""

from gateway.commands.order import Order
from gateway.model import Account, Shop
from gateway.pipeline.acting.colleagues import listed
from gateway.pipeline.acting.scene import Scene
from gateway.store.accounts import accounts_by_address, accounts_by_ids
from gateway.tickets import change


def problem(scene: Scene, order: Order) -> str:
    """It is none of his shops, or nobody knows whose ticket this is."""
    accounts = _accounts(scene)
    if not accounts:
        return "It is not proven which account this ticket is of, so it can have no shop."
    if find(scene, order) is None:
        shops = [shop.domain for account in accounts for shop in account.shops]
        return f"`{order.given.text}` is no shop of this customer. There are {listed(shops)}."
    return ""


def do(scene: Scene, order: Order) -> str:
    """Set it."""
    found = find(scene, order)
    assert found is not None
    account, shop = found
    change.amend(
        scene.tx,
        scene.ticket,
        kind="shop",
        actor=scene.agent.name,
        detail=f"{shop.domain}, an agent says",
        at=scene.at,
        account_id=account.id,
        shop_id=shop.id,
    )
    return scene.say("shop", shop=shop.domain)


def find(scene: Scene, order: Order) -> tuple[Account, Shop] | None:
    """The account and the shop whose domain it is; with or without `www.`."""
    wanted = order.given.text.removeprefix("www.")
    found = [
        (account, shop)
        for account in _accounts(scene)
        for shop in account.shops
        if shop.domain.casefold().removeprefix("www.") == wanted
    ]
    return found[0] if len(found) == 1 else None


def _accounts(scene: Scene) -> list[Account]:
    ticket = scene.ticket
    if ticket.account_id:
        return accounts_by_ids(scene.tx, [ticket.account_id])
    if not ticket.confirmed or not ticket.correspondent:
        return []
    return [account for account, verified in accounts_by_address(scene.tx, ticket.correspondent) if verified]

"""The names of the topics: the chapters of the help centre, in its order.

What must stay true: a name never changes its meaning; tickets and configurations keep it. Titles and keywords in each
language are data (`data/LANGUAGE.toml`).
"""

TOPIC_NAMES = (
    "introduction",
    "products",
    "settings",
    "account",
    "payments",
    "invoices",
    "shipping",
    "discounts",
    "domains",
    "languages",
    "platforms",
    "urls",
    "shops",
    "automatic-mails",
    "layout",
    "orders",
    "marketing",
    "modules",
    "backup",
    "email",
    "administrators",
    "photos",
    "two-factor",
    "labels",
    "meta-tags",
    "live-chat",
    "slideshow",
    "analytics",
    "filters",
    "point-of-sale",
    "form-fields",
    "digital-products",
    "reservations",
    "guest-book",
    "contact",
)

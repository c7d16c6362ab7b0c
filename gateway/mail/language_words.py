"""Small words that stand in nearly every sentence of a language: they tell short texts apart where letters do not.

Some stand in two lists ("is", "de"), as they do in the languages. Accents are left out, as people leave them out.
"""

WORDS = {
    "en": (
        "the and is are was were i im my me you your it its to of in on for from not dont doesnt cant do does did "
        "can could how where what when why who we our us have has had with this that there a an please be but if "
        "any or at by than thanks thank hello hi"
    ),
    "nl": (
        "de het een en is zijn was ik mijn mij me je jij jullie u uw niet geen van voor met hoe waar wat wanneer "
        "kan kunnen we wij ons onze heb hebben heeft dit dat die deze op naar er maar als bij om aan te uit in nog "
        "al graag bedankt hoi hallo mogen moet"
    ),
    "fr": (
        "le la les l un une et est sont je j ai mes mon ma m vous votre nous notre ne n pas plus de des du d pour "
        "avec comment ou quand que quoi qui qu ce cette c il elle se s en dans au aux sur par mais si etre avez "
        "peut peux puis bonjour merci svp"
    ),
    "de": (
        "der die das des dem den ein eine einen einer und ist sind war ich mein meine meinen mir mich sie ihr ihre "
        "ihnen wir uns nicht kein keine von fur mit wie wo was wann kann konnen haben hat habe dies diese dieser zu "
        "zum zur im in auf es er aber wenn bei an aus noch nach seit bitte danke hallo guten"
    ),
    "el": (
        "na tha 8a den mou mu moy sas sou einai eimai eiste eimaste sto sta sth stin sthn stis ston stous kai ke gia "
        "apo me pou pu poy pws pos posa poso pote ti to ta tou toy tis ths tous thn tin ton twn oi ena enas mia exo "
        "exw exei exoume exete exoun thelo thelw thelei theloume 8elo 8elw 8elei boro borw mporo mporw mporei "
        "mporoume boreite mporeite ginetai kano kanw kanoume kati opws otan giati alla poly poli polu parakalo "
        "parakalw efxaristo efharisto euxaristw eyxaristo kalimera kalispera geia mono ola oloi oxi pio auto afto"
    ),
}
"""`el` is Greek in Latin letters; in its own it needs no words."""

GREEKLISH = frozenset(
    """
    tha 8a moy einai eimai eiste eimaste sth sthn stous pws poy ths thn twn exw exei exoume exete exoun thelo thelw
    thelei theloume 8elo 8elw 8elei boro borw mporo mporw mporei mporoume boreite mporeite ginetai kanw kanoume opws
    otan giati polu parakalo parakalw efxaristo efharisto euxaristw eyxaristo kalimera kalispera geia mou sas afto
    """.split()  # noqa: SIM905 # words are read more easily without quotes
)
"""Those of them that no other language of Europe writes so: one at least makes a text Greek."""


def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language, words in WORDS.items():
        for word in words.split():
            found.setdefault(word, []).append(language)
    return {word: tuple(dict.fromkeys(languages)) for word, languages in found.items()}


BY_WORD = _by_word()
"""Each word with the languages that have it."""

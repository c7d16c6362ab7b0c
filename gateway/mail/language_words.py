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
    "greeklish": (
        "na tha den dn mou mu sas sou einai eimai sto sta sth stin stis ston kai ke gia apo me mas pou pu poy pws "
        "pos ti to ta tou toy tis ths thn tin ton oi ena mia exo exw exei thelo thelw 8elo 8elw boro mporo mporw "
        "boreite mporeite poly poli polu parakalo parakalw efxaristo efharisto euxaristw kalimera kalispera geia "
        "gia"
    ),
}
"""`greeklish` is Greek in Latin letters."""


def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language, words in WORDS.items():
        for word in words.split():
            found.setdefault(word, []).append(language)
    return {word: tuple(dict.fromkeys(languages)) for word, languages in found.items()}


BY_WORD = _by_word()
"""Each word with the languages that have it."""

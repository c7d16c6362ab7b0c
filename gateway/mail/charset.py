"""Which characters are these bytes?

Only charsets of a fixed list are decoded: a name that a sender chose never reaches Python's codec registry, which also
knows `rot13`, `idna` and `unicode_escape`, and UTF-7 would bring `<` and `>` past every filter of bytes. What cannot be
decoded as declared is decoded as well as possible, and the defect is named. Nothing here raises.
"""

import re
from functools import lru_cache

_GREEK_OR_LATIN = ("cp1253", "cp1252")


def _families() -> dict[str, str]:
    table = {f"iso-8859-{part}": f"iso8859_{part}" for part in range(1, 17) if part != 12}
    table |= {f"latin{number}": f"latin{number}" for number in range(1, 11)}
    table |= {f"windows-{page}": f"cp{page}" for page in (874, 932, 936, 949, 950, *range(1250, 1259))}
    table |= {f"cp{page}": f"cp{page}" for page in (437, 737, 850, 852, 855, 857, 858, 862, 866, 869)}
    table |= {f"cp{page}": f"cp{page}" for page in (874, 932, 936, 949, 950, *range(1250, 1259))}
    table |= {f"koi8-{letter}": f"koi8_{letter}" for letter in "rut"}
    return table


_CODECS = _families() | {
    "us-ascii": "ascii",
    "ascii": "ascii",
    "ansi-x3.4-1968": "ascii",
    "iso-646": "ascii",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32": "utf-32",
    # A Chinese "gb2312" is in truth whatever its writer's machine had; the newest standard holds them all.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "euc-cn": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "euc-jp": "euc_jp",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-1": "iso2022_jp_ext",
    "iso-2022-jp-2": "iso2022_jp_2",
    "iso-2022-kr": "iso2022_kr",
    "euc-kr": "cp949",
    "ks-c-5601-1987": "cp949",
    "tis-620": "cp874",
    "macintosh": "mac_roman",
    "mac-roman": "mac_roman",
    "mac-greek": "mac_greek",
}
_SUPERSETS = {"iso8859_1": "cp1252", "latin1": "cp1252", "iso8859_9": "cp1254"}
"""What Windows programs mean by these names: the same, with quotation marks and the euro where ISO has controls."""
_SEVEN_BIT_IS_NOT_ASCII = {"utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso2022_jp_ext", "iso2022_jp_2", "iso2022_kr"}
_HIGH_RUN = re.compile(rb"[\x80-\xff]{2,}")
_HIGH = re.compile(rb"[\x80-\xff]")


def decode(data: bytes, label: str) -> tuple[str, str]:
    """The text of bytes in a declared charset ("" where none is), and the defect in words ("" where there is none)."""
    codec = codec_of(label) if label else "ascii"
    if codec not in _SEVEN_BIT_IS_NOT_ASCII and data.isascii():
        return data.decode("ascii"), "" if codec else _unknown(label)
    if not codec:
        return data.decode("latin-1"), _unknown(label)
    if codec == "ascii":
        return guess(data), f"charset {label} but 8-bit characters" if label else "8-bit characters without a charset"
    return _decode(data, codec)


def guess(data: bytes) -> str:
    """The text of bytes of which nobody said what they are: UTF-8, else Greek or Western of Windows."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    # Greek words are runs of 8-bit letters, Western ones hold single accents.
    in_runs = sum(len(run) for run in _HIGH_RUN.findall(data))
    greek = 2 * in_runs > len(_HIGH.findall(data))
    for codec in _GREEK_OR_LATIN[:: 1 if greek else -1]:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


@lru_cache(maxsize=256)
def codec_of(label: str) -> str:
    """The codec for a charset's name, "" where it is not on the list."""
    name = label[:60].strip("\"' \t\r\n").lower().replace("_", "-").partition(" ")[0]
    name = re.sub(r"^iso-?(8859|2022|646)-?", r"iso-\1-", name).rstrip("-")
    name = re.sub(r"^iso-8859-(\d+)-[ie]$", r"iso-8859-\1", name)
    for candidate in (name, name.removeprefix("x-"), name.removeprefix("cs")):
        if candidate in _CODECS:
            return _CODECS[candidate]
    return ""


def _unknown(label: str) -> str:
    shown = "".join(character for character in label[:40] if character.isascii() and character.isprintable())
    return f'unknown charset "{shown}"'


def _decode(data: bytes, codec: str) -> tuple[str, str]:
    for candidate in (_SUPERSETS.get(codec, codec), codec):
        try:
            return data.decode(candidate), ""
        except UnicodeDecodeError:
            continue
    text = data.decode(codec, "replace")
    defect = f"not all of the text is {codec}"
    # A few broken characters in good UTF-8 are just that; many mean that the declaration is wrong.
    if codec == "utf-8" and 2 * text.count("\ufffd") > len(_HIGH.findall(data)):
        return guess(data), defect
    return text, defect

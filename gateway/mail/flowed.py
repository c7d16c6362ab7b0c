"""Which lines belong together? Text that a mail program broke for old screens, made whole again (RFC 3676)."""


def unfolded(text: str, *, delete_space: bool) -> str:
    """`format=flowed` text as paragraphs; `delete_space` is DelSp=yes. Quoted lines come out as `> ` per level."""
    lines: list[str] = []
    pieces: list[str] = []
    open_depth = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        is_signature = content == "-- "
        if pieces and (depth != open_depth or is_signature):
            lines.append(_quoted(open_depth, "".join(pieces)))
            pieces = []
        open_depth = depth
        if content.endswith(" ") and not is_signature:
            pieces.append(content[:-1] if delete_space else content)
        else:
            lines.append(_quoted(depth, "".join((*pieces, content))))
            pieces = []
    if pieces:
        lines.append(_quoted(open_depth, "".join(pieces)))
    return "\n".join(lines)


def _quoted(depth: int, content: str) -> str:
    return f"{'>' * depth} {content}" if depth else content

"""Write the next migration from the difference between the models and the schema that the migrations give.

    .venv/bin/python scripts/new_migration.py "what changes"    gateway/store/migrations/versions/NNNN_what_changes.py
    .venv/bin/python scripts/new_migration.py --initial         0001 anew; only until the first release

Read what it wrote: it does not see changed CHECK constraints or renamed columns. Then add the number to REVISIONS in
gateway/store/migrate.py.
"""

import contextlib
import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from gateway.store import migrate
from gateway.store.db import Store

VERSIONS = migrate.FOLDER / "versions"


def main(arguments: list[str]) -> int:
    """Write the file; 2 for wrong usage."""
    if len(arguments) != 1 or arguments[0] in ("", "-h", "--help"):
        sys.stderr.write(__doc__ or "")
        return 2
    if arguments[0] == "--initial":
        for old in VERSIONS.glob("*.py"):
            old.unlink()
        write("0001", "initial", "The tables of the first release", None)
    else:
        words = re.sub(r"[^a-z0-9]+", "_", arguments[0].lower()).strip("_")
        write(f"{int(migrate.HEAD) + 1:04}", words[:40], arguments[0], migrate.HEAD)
    return 0


def write(revision: str, words: str, message: str, before: str | None) -> None:
    """Compare with a scratch database that has the schema before, and write the migration."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/store.db")
        if before:
            migrate.upgrade(store)
        with store.engine.begin() as connection:
            config = Config(attributes={"connection": connection, "changes_tables": before is not None})
            config.set_main_option("script_location", str(migrate.FOLDER).replace("%", "%%"))
            config.set_main_option("file_template", f"{revision}_{words}")
            with contextlib.redirect_stdout(io.StringIO()):
                command.revision(config, message, autogenerate=True, rev_id=revision)
        store.close()
    path = VERSIONS / f"{revision}_{words}.py"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.lstrip().startswith("# ###")))
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "check", "--quiet", "--fix-only", path], check=True)
    subprocess.run([ruff, "format", "--quiet", path], check=True)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

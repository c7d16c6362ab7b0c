"""Write the model that a desk starts with, `gateway/topics/data/starting.json`, from labelled mails in `tests/data`.

    python -m scripts.starting_model

To be done after a change of `gateway/topics/words.py`, `model.py` or `train.py`, or of the mails; a test says so. The
mails that `make accuracy` measures strangers' words by are not among those it learns from.
"""

from gateway.topics.model import TopicModel, to_json
from gateway.topics.starting import FILE
from scripts.accuracy_topics import learnt_from, trained_on


def trained() -> TopicModel:
    """The model as it should be."""
    return trained_on(learnt_from())


def main() -> None:
    """Write it."""
    FILE.write_text(f"{to_json(trained())}\n", "utf-8")


if __name__ == "__main__":
    main()

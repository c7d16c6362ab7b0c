"""Until when an out-of-office reply says that its author is away."""

from datetime import date

import pytest

from gateway.mail.absence import MAX_TEXT, away_until
from tests.cost import cheap

TODAY = date(2026, 9, 1)
SEPTEMBER_14 = date(2026, 9, 14)


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office until 14 September 2026 and will read your mail then.",
        "I'm away from September 1 through September 14th, 2026. For urgent matters call us.",
        "Out of office until Monday, 14 September.",
        "I will be back on 15 September.",
        "Away 1.9. - 14.9.2026",
        "Out of office until 2026-09-14",
        "I return on Tuesday 15/09/2026",
        "Θα απουσιάζω έως τις 14 Σεπτεμβρίου 2026.",
        "Είμαι σε άδεια μέχρι και τη Δευτέρα 14/9.",
        "Απουσιάζω από 1 Σεπτεμβρίου έως 14 Σεπτεμβρίου. Για επείγοντα καλέστε.",
        "Επιστρέφω στις 15 Σεπτεμβρίου.",
        "Ik ben afwezig t/m 14 september 2026.",
        "Van 1 september tot en met maandag 14 september ben ik met vakantie.",
        "Ik ben op 15-9 weer terug, om precies te zijn: terug op 15-9-2026.",
        "Je suis absent jusqu'au 14 septembre inclus.",
        "Je suis en congé du 1er au 14 septembre 2026.",
        "Absente du bureau, de retour le mardi 15 septembre.",
        "Ich bin bis zum 14. September 2026 nicht im Büro.",
        "Vom 1. bis 14.09.2026 bin ich im Urlaub.",
        "Ab dem 15.9. bin ich wieder für Sie da.",
        "Ich bin bis einschließlich 14.9.26 abwesend.",
    ],
)
def test_the_last_day_is_read(text: str) -> None:
    """In five languages, as a last day or as the first one back."""
    assert SEPTEMBER_14 == away_until(text, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office and will answer when I am back.",
        "Out of office until 31 February.",
        "My order of 14 September 2026 has not come.",
        "Away until 14 September 2031.",
        "Back on Monday.",
        "",
    ],
)
def test_without_a_day_to_come_nothing_is_said(text: str) -> None:
    """Nor of a day that there is not, or that is too far away."""
    assert away_until(text, TODAY) is None


@pytest.mark.parametrize("text", ["I was away until 14 August 2026.", "Away until 14 August.", "Back on 15.8."])
def test_a_day_that_is_over_is_told(text: str) -> None:
    """His program goes on although he is back."""
    assert date(2026, 8, 14) == away_until(text, TODAY)


def test_a_day_to_come_wins() -> None:
    """Whatever else he tells."""
    assert SEPTEMBER_14 == away_until("Open until 20 August 2026; I am away until 14 September 2026.", TODAY)


def test_a_day_without_a_year_is_the_nearest_one() -> None:
    """Over New Year."""
    assert date(2027, 1, 3) == away_until("Ich bin bis zum 3. Januar nicht da.", date(2026, 12, 20))


@pytest.mark.parametrize("piece", ["until ", "until 1", "1-", "to the ", "back on and en et ", "bis 1 ", "9" * 40])
def test_no_text_costs_more_than_its_length(piece: str) -> None:
    """Whatever somebody's reply repeats."""
    cheap(0.05, lambda: away_until(piece * (MAX_TEXT // len(piece)), TODAY))

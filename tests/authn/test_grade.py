"""The table of grades: every cell."""

import pytest

from gateway.authn.grade import DMARC_RESULTS, GRADES, Policy, Proof
from gateway.authn.result import Grade

EXPECTED = """
                  | DKIM | OLD_DKIM | SPF | UNANSWERED | NOTHING
        ENFORCED  | A3   | A1       | A2  | A?         | A0
        NONE      | A3   | A1       | A2  | A?         | A1
        ABSENT    | A2   | A1       | A2  | A?         | A1
        UNKNOWN   | A?   | A?       | A?  | A?         | A?
"""


def cells() -> list[tuple[Policy, Proof, Grade]]:
    """The picture above, cell by cell."""
    head, *rows = [line.split("|") for line in EXPECTED.strip("\n").splitlines() if line.strip()]
    proofs = [Proof[cell.strip()] for cell in head[1:]]
    return [
        (Policy[row[0].strip()], proof, Grade(cell.strip()))
        for row in rows
        for proof, cell in zip(proofs, row[1:], strict=True)
    ]


@pytest.mark.parametrize(("policy", "proof", "grade"), cells())
def test_each_policy_with_each_proof_has_its_grade(policy: Policy, proof: Proof, grade: Grade) -> None:
    """As the threat model's section 4 says."""
    assert grade is GRADES[policy, proof][0]


def test_the_table_is_whole_and_gives_reasons() -> None:
    """No cell is missing, each says why."""
    assert {(policy, proof) for policy in Policy for proof in Proof} == set(GRADES)
    assert set(Proof) == set(DMARC_RESULTS)
    assert all(why for _, why in GRADES.values())


def test_better_proof_is_never_graded_lower() -> None:
    """For each policy, from nothing to DKIM, among the answers that are known."""
    order = [Grade.A0, Grade.A1, Grade.A2, Grade.A3]
    for policy in (Policy.ENFORCED, Policy.NONE, Policy.ABSENT):
        ranks = [order.index(GRADES[policy, proof][0]) for proof in (Proof.NOTHING, Proof.SPF, Proof.DKIM)]

        assert sorted(ranks) == ranks

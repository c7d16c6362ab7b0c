"""The table of grades: every cell, and what follows where DNS did not answer."""

from itertools import combinations

import pytest

from gateway.authn.grade import DMARC_RESULTS, GRADES, OWN_DOMAIN, Policy, Proof, grade_of
from gateway.authn.result import Grade

EXPECTED = """
                  | DKIM | SPF | OLD_DKIM | SHARED_SPF | FORWARDED | NOTHING
        ENFORCED  | A3   | A2  | A1       | A1         | A1        | A0
        NONE      | A3   | A2  | A1       | A1         | A1        | A1
        ABSENT    | A2   | A2  | A1       | A1         | A1        | A1
"""
ORDER = [Grade.A0, Grade.A1, Grade.A2, Grade.A3]


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
    assert GRADES[policy, proof] == grade_of([policy], [proof], is_own=False)


def test_the_table_is_whole_and_gives_reasons() -> None:
    """No cell is missing, each says why."""
    assert {(policy, proof) for policy in Policy for proof in Proof} == set(GRADES)
    assert set(Proof) == set(DMARC_RESULTS)
    assert all(why for _, why in GRADES.values())


def test_better_proof_is_never_graded_lower() -> None:
    """For each policy, from nothing to DKIM."""
    for policy in Policy:
        ranks = [ORDER.index(GRADES[policy, proof][0]) for proof in reversed(Proof)]

        assert sorted(ranks) == ranks


@pytest.mark.parametrize("policy", list(Policy))
def test_our_own_domain_unproven_is_forged_whatever_it_publishes(policy: Policy) -> None:
    """Threat A-19: mail in our own name from outside."""
    assert grade_of([policy], [Proof.NOTHING], is_own=True) == (Grade.A0, OWN_DOMAIN)
    assert GRADES[policy, Proof.DKIM] == grade_of([policy], [Proof.DKIM], is_own=True)


def sets_of(items: list[Policy] | list[Proof]) -> list[tuple[Policy | Proof, ...]]:
    """Every set of them that is not empty."""
    return [chosen for size in range(1, len(items) + 1) for chosen in combinations(items, size)]


@pytest.mark.parametrize("is_own", [False, True])
def test_a_grade_is_unknown_exactly_when_an_answer_could_change_what_is_proven(is_own: bool) -> None:
    """Every set of policies with every set of proofs that may be true: 441 combinations."""
    for policies in sets_of(list(Policy)):
        for proofs in sets_of(list(Proof)):
            possible = {grade_of([one], [other], is_own=is_own)[0] for one in policies for other in proofs}
            grade, why = grade_of(policies, proofs, is_own=is_own)  # type: ignore[arg-type]

            if len(possible) == 1:
                assert {grade} == possible
            elif possible == {Grade.A2, Grade.A3}:
                assert grade is Grade.A2
            else:
                assert grade is Grade.UNKNOWN
            assert why

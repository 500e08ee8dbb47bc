"""What is random is long enough (OWASP ASVS 6.5.4 and 7.2.3, NIST SP 800-63B-4 section 5.1)."""

from __future__ import annotations

from django_bearer.primitives import randomness
from tests.tokens.test_refresh_token import TOKEN

MANY = 300


def test_secrets_have_256_bits_and_none_comes_twice() -> None:
    made = {randomness.secret() for _ in range(MANY)}
    assert (len(made), {len(one) for one in made}) == (MANY, {32})
    assert len(TOKEN.secret) == 32


def test_a_code_has_five_bits_a_letter() -> None:
    assert len(set(randomness.LETTERS)) == 2**5
    found = "".join(randomness.code(10) for _ in range(MANY))
    assert len(found) == 10 * MANY
    assert set(found) == set(randomness.LETTERS), "every letter comes"

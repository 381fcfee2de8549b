"""How we prove who we are."""

from base64 import b64encode

from pydantic import SecretStr


def basic(who: str, secret: SecretStr) -> SecretStr:
    """Return the Authorization header of a name and its secret: https://www.rfc-editor.org/rfc/rfc7617."""
    said = f"{who}:{secret.get_secret_value()}".encode()
    return SecretStr(f"Basic {b64encode(said).decode()}")

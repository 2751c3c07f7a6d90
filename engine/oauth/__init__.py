"""Signing in at services by OAuth 2, and keeping the sign-in alive.

`sign_in` leads a person there and back, `renewal` gets new tokens before the old ones end, `grants` keeps them.
"""

from engine.oauth.grants import Grants
from engine.oauth.renewal import Renewals
from engine.oauth.sign_in import Declined, SignedIn, SignIns

__all__ = ["Declined", "Grants", "Renewals", "SignIns", "SignedIn"]

"""Who is signed in, kept in a signed cookie that a changed password or a switched-off user makes worthless."""

import hashlib
from dataclasses import dataclass

from flask import Flask
from flask_login import AnonymousUserMixin, LoginManager, UserMixin

from models import User
from policies.languages import Language
from policies.roles import Role
from web.foundation.services import services


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """The user of this request."""

    user_id: int
    name: str
    display_name: str
    role: Role
    language: Language
    fingerprint: str

    def get_id(self) -> str:
        """Return what the cookie holds."""
        return f"{self.user_id}.{self.fingerprint}"


def signed_in(user: User) -> SignedIn:
    """Return the signed-in form of a user's row."""
    fingerprint = hashlib.sha256(user.password_hash.encode()).hexdigest()[:16]
    return SignedIn(user.id, user.name, user.display_name, user.role, user.language, fingerprint)


def remember_users(app: Flask) -> None:
    """Attach Flask-Login to the application."""
    manager = LoginManager()
    manager.anonymous_user = AnonymousUserMixin
    manager.user_loader(load_user)
    manager.init_app(app)


def load_user(cookie: str) -> SignedIn | None:
    """Return the user a cookie names, if they may still sign in and their password is still the same."""
    user_id, _, fingerprint = cookie.partition(".")
    if not (user_id.isascii() and user_id.isdigit()):
        return None
    with services().database.reading() as session:
        user = session.get(User, int(user_id))
        found = signed_in(user) if user is not None and user.is_active else None
    return found if found is not None and found.fingerprint == fingerprint else None

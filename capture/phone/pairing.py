"""The right to send: a token that works once, then a session key for the phone that had it."""

from __future__ import annotations

import hmac
import secrets

from capture.frames.capture_error import PairingError

TOKEN_BYTES = 16
SESSION_BYTES = 32


class RefusedError(PairingError):
    """A session refused or ended; `code` is docs/packet.md's word for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Pairing:
    """The exchange of single-use tokens for session keys; one session is valid at a time.

    All comparisons take constant time. Tokens and keys live in memory only.
    """

    def __init__(self) -> None:
        self._token: str | None = None
        self._used: list[str] = []
        self._session: str | None = None

    @property
    def token(self) -> str:
        """A token that has not been used yet; 128 random bits, safe in a URL."""
        if self._token is None:
            self._token = secrets.token_urlsafe(TOKEN_BYTES)
        return self._token

    def new_token(self) -> str:
        """Return a fresh token; the one shown before stops working.

        Returns:
            128 random bits, safe in a URL.
        """
        self._token = None
        return self.token

    def exchange(self, token: str) -> str:
        """Return the session key for the phone that holds a token; the session before ends, and the token with it.

        Args:
            token: the token that the phone sent.

        Returns:
            256 random bits, safe in a URL.

        Raises:
            RefusedError: for a wrong or used token.
        """
        if self._token is not None and _equal(token, self._token):
            self._used.append(self._token)
            self._token = None
            self._session = secrets.token_urlsafe(SESSION_BYTES)
            return self._session
        if any([_equal(token, used) for used in self._used]):
            raise RefusedError(
                "token_used",
                "Expected a new code, got one that was used already. Show a new code on the desktop and scan it.",
            )
        raise RefusedError(
            "token_wrong",
            "Expected the code that the desktop shows now, got another. Scan it again.",
        )

    def check_session(self, session: str) -> None:
        """Raise an error unless a session key is that of the phone paired last.

        Args:
            session: the key that the phone sent.

        Raises:
            RefusedError: for any other key.
        """
        if self._session is None or not _equal(session, self._session):
            raise RefusedError(
                "session_unknown",
                "Expected a paired phone, got one that the desktop forgot, as after a restart or for another phone. "
                "Scan the code on the desktop.",
            )


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())

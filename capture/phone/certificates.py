"""The certificate files of this machine: made once, renewed when they have to be.

Phones only hand a camera to pages served over HTTPS, and nobody sells certificates for a private
address. So the first run makes an authority that stays on this machine; a phone that installs it
(`/trust`) trusts this machine's page from then on.
"""

from __future__ import annotations

import datetime
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from capture.phone.certificate_making import LEAF_DAYS, Signed, make_authority, make_leaf, subject_names

RENEW_DAYS = 30
"""A leaf with fewer days left is replaced."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerCertificates:
    """The PEM files of one server's identity, all in one folder; keys have file mode 0600."""

    authority: Path
    """The authority's certificate: the one file that phones need."""
    authority_key: Path
    leaf: Path
    """The certificate the server shows."""
    leaf_key: Path

    def authority_der(self) -> bytes:
        """Return the authority's certificate in the binary form that phones install.

        Returns:
            The certificate in DER.
        """
        return _read_certificate(self.authority).public_bytes(serialization.Encoding.DER)

    def authority_fingerprint(self) -> str:
        """Return the fingerprint of the authority's certificate as phones display it.

        Returns:
            SHA-256 as text, `AB:CD:…`.
        """
        return _read_certificate(self.authority).fingerprint(hashes.SHA256()).hex(":").upper()


def server_certificates(folder: Path, addresses: Sequence[str], names: Sequence[str]) -> ServerCertificates:
    """Return the certificates in a folder, made or renewed where needed.

    Args:
        folder: holds the certificates and keys; made where it is missing.
        addresses: IP addresses that the leaf names, besides 127.0.0.1.
        names: DNS names that the leaf names, besides `localhost`; each `localhost` or one that ends in `.local`.

    Returns:
        The files.

    The leaf is renewed when one of the names is new, when it is about to expire, and when it does not belong to
    the authority. An authority that is missing, unreadable or about to expire is replaced, and phones have to
    trust the new one.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = ServerCertificates(
        authority=folder / "authority.crt",
        authority_key=folder / "authority.key",
        leaf=folder / "server.crt",
        leaf_key=folder / "server.key",
    )
    if not _is_usable_authority(files):
        _write_signed(files.authority, files.authority_key, make_authority())
    files.authority_key.chmod(0o600)
    wanted = (*sorted({"127.0.0.1", *addresses}), *sorted({"localhost", *names}))
    if not _is_usable_leaf(files, wanted):
        authority = _read_certificate(files.authority), _read_key(files.authority_key)
        _write_signed(files.leaf, files.leaf_key, make_leaf(authority, wanted))
    return files


def _is_usable_authority(files: ServerCertificates) -> bool:
    if not files.authority.exists() and not files.authority_key.exists():
        return False
    try:
        certificate, key = _read_certificate(files.authority), _read_key(files.authority_key)
    except (OSError, ValueError) as error:
        _log.warning(
            "certificate authority unreadable (%s): made a new one; phones must trust it again", error
        )
        return False
    return certificate.public_key() == key.public_key() and _days_left(certificate) > LEAF_DAYS


def _is_usable_leaf(files: ServerCertificates, wanted: Sequence[str]) -> bool:
    try:
        leaf, key = _read_certificate(files.leaf), _read_key(files.leaf_key)
        leaf.verify_directly_issued_by(_read_certificate(files.authority))
    except Exception as error:
        # cryptography reports a foreign issuer, a bad signature and a broken file by unrelated types.
        _log.debug("server certificate is made anew: %s", error)
        return False
    return (
        leaf.public_key() == key.public_key()
        and set(wanted) <= set(subject_names(leaf))
        and _days_left(leaf) > RENEW_DAYS
    )


def _days_left(certificate: x509.Certificate) -> float:
    left = certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    return left / datetime.timedelta(days=1)


def _read_certificate(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def _read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"Expected an elliptic-curve key, got another in '{file}'.")
    return key


def _write_signed(certificate_file: Path, key_file: Path, signed: Signed) -> None:
    certificate, key = signed
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(key_file, pem, 0o600)
    _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _write(file: Path, data: bytes, mode: int) -> None:
    """Write a file whole or not at all; others can never read a key, not even for a moment."""
    part = file.with_suffix(file.suffix + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(data)
    part.replace(file)

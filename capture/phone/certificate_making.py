"""The certificates themselves: an authority that can only vouch for local names, and a server's leaf.

Keys are elliptic-curve P-256. Files and renewal are `certificates.py`'s part.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
LEAF_DAYS = 397
"""The longest that phones accept."""

_CLOCK_SLACK = datetime.timedelta(days=1)
"""Certificates start yesterday, so that a phone with a slow clock accepts them today."""

Signed = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def make_authority() -> Signed:
    """Return a new certificate authority; its name constraint allows `localhost` and names below `.local` only.

    Returns:
        The authority's certificate, valid for `AUTHORITY_DAYS`, and its private key.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("softdeca on this computer")
    only_local = x509.NameConstraints([x509.DNSName("local"), x509.DNSName("localhost")], None)
    builder = (
        _builder(name, name, key.public_key(), AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(only_local, critical=True)
    )
    return builder.sign(key, hashes.SHA256()), key


def make_leaf(authority: Signed, subjects: Sequence[str], *, days: int = LEAF_DAYS) -> Signed:
    """Return a server certificate for a set of addresses and names.

    Args:
        authority: certificate and key of the authority that signs.
        subjects: the IP addresses and DNS names that the certificate vouches for.
        days: days from yesterday until it expires.

    Returns:
        The certificate and its private key.
    """
    issuer, issuer_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        _builder(_name("softdeca phone page"), issuer.subject, key.public_key(), days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_general_name(text) for text in subjects]), critical=False
        )
        .add_extension(issuer_key_id, critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256()), key


def subject_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the IP addresses and DNS names that a certificate vouches for.

    Args:
        certificate: a server certificate.

    Returns:
        The addresses and names as text, in the certificate's order.
    """
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(name.value) for name in names)


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    start = datetime.datetime.now(datetime.UTC) - _CLOCK_SLACK
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _key_usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )

"""The machine's own authority and the server certificate it signs."""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from capture.phone.certificate_making import make_authority, make_leaf, subject_names
from capture.phone.certificates import ServerCertificates, server_certificates

ADDRESSES = ["192.168.1.20", "10.0.0.7"]
NAMES = ["studio.local"]


def leaf_of(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "server.crt").read_bytes())


def test_the_leaf_names_every_address_and_the_loopback(tmp_path: Path) -> None:
    server_certificates(tmp_path, ADDRESSES, NAMES)
    assert set(subject_names(leaf_of(tmp_path))) == {*ADDRESSES, "127.0.0.1", "localhost", "studio.local"}


def test_the_leaf_lives_no_longer_than_phones_accept(tmp_path: Path) -> None:
    server_certificates(tmp_path, ADDRESSES, NAMES)
    leaf = leaf_of(tmp_path)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= datetime.timedelta(days=397)


def test_the_leaf_is_signed_by_the_authority_and_no_authority_itself(tmp_path: Path) -> None:
    files = server_certificates(tmp_path, ADDRESSES, NAMES)
    leaf = leaf_of(tmp_path)
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(files.authority.read_bytes()))
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_the_authority_cannot_vouch_for_names_on_the_internet(tmp_path: Path) -> None:
    files = server_certificates(tmp_path, ADDRESSES, NAMES)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    constraint = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraint.critical
    assert [name.value for name in constraint.value.permitted_subtrees or []] == ["local", "localhost"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    files = server_certificates(tmp_path / "deep" / "folder", ADDRESSES, NAMES)
    for key in (files.authority_key, files.leaf_key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.leaf_key.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_a_key_that_others_could_read_is_closed_again(tmp_path: Path) -> None:
    files = server_certificates(tmp_path, ADDRESSES, NAMES)
    files.authority_key.chmod(0o644)
    server_certificates(tmp_path, ADDRESSES, NAMES)
    assert stat.S_IMODE(files.authority_key.stat().st_mode) == 0o600


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    server_certificates(tmp_path, ADDRESSES, NAMES)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    server_certificates(tmp_path, ADDRESSES[:1], NAMES)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_new_address_renews_the_leaf_and_keeps_the_authority(tmp_path: Path) -> None:
    files = server_certificates(tmp_path, ADDRESSES, NAMES)
    authority, leaf = files.authority.read_bytes(), files.leaf.read_bytes()
    server_certificates(tmp_path, [*ADDRESSES, "172.16.5.4"], NAMES)
    assert files.authority.read_bytes() == authority
    assert files.leaf.read_bytes() != leaf
    assert "172.16.5.4" in subject_names(leaf_of(tmp_path))


def test_a_leaf_about_to_expire_is_renewed(tmp_path: Path) -> None:
    files = server_certificates(tmp_path, ADDRESSES, NAMES)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    key = serialization.load_pem_private_key(files.authority_key.read_bytes(), None)
    old, old_key = make_leaf((authority, key), subject_names(leaf_of(tmp_path)), days=20)  # pyright: ignore
    files.leaf.write_bytes(old.public_bytes(serialization.Encoding.PEM))
    files.leaf_key.write_bytes(
        old_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server_certificates(tmp_path, ADDRESSES, NAMES)
    left = leaf_of(tmp_path).not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    assert left > datetime.timedelta(days=300)


def test_a_leaf_of_another_authority_is_replaced(tmp_path: Path) -> None:
    files = server_certificates(tmp_path, ADDRESSES, NAMES)
    foreign, _ = make_leaf(make_authority(), subject_names(leaf_of(tmp_path)))
    files.leaf.write_bytes(foreign.public_bytes(serialization.Encoding.PEM))
    server_certificates(tmp_path, ADDRESSES, NAMES)
    assert leaf_of(tmp_path) != foreign


def test_an_unreadable_authority_is_replaced_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = server_certificates(tmp_path, ADDRESSES, NAMES)
    files.authority.write_text("not a certificate")
    with caplog.at_level(logging.WARNING):
        server_certificates(tmp_path, ADDRESSES, NAMES)
    assert "made a new one; phones must trust it again" in caplog.text
    leaf_of(tmp_path).verify_directly_issued_by(x509.load_pem_x509_certificate(files.authority.read_bytes()))


def handshake(files: ServerCertificates, name: str) -> None:
    """A TLS handshake in memory by a client that trusts the authority alone and asks for `name`."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(files.leaf, files.leaf_key)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_context = ssl.create_default_context(cafile=files.authority)
    client = client_context.wrap_bio(back, there, server_hostname=name)
    server = server_context.wrap_bio(there, back, server_side=True)
    for side in (client, server, client, server):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()


@pytest.mark.parametrize("name", [*ADDRESSES, *NAMES, "localhost", "127.0.0.1"])
def test_a_phone_that_trusts_the_authority_accepts_every_name_of_the_server(
    tmp_path: Path, name: str
) -> None:
    handshake(server_certificates(tmp_path, ADDRESSES, NAMES), name)


@pytest.mark.parametrize("name", ["192.168.1.21", "other.local"])
def test_a_name_that_is_not_the_servers_is_not_accepted(tmp_path: Path, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(server_certificates(tmp_path, ADDRESSES, NAMES), name)


def test_a_certificate_of_the_authority_for_a_website_is_not_accepted(tmp_path: Path) -> None:
    files = server_certificates(tmp_path, ADDRESSES, ["bank.example"])
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(files, "bank.example")


def test_the_fingerprint_is_the_one_phones_display(tmp_path: Path) -> None:
    files = server_certificates(tmp_path, ADDRESSES, NAMES)
    fingerprint = files.authority_fingerprint()
    assert len(fingerprint.split(":")) == 32
    assert fingerprint == fingerprint.upper()
    assert files.authority_der() == ssl.PEM_cert_to_DER_cert(files.authority.read_text())

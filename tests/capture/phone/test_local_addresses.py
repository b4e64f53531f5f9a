"""The addresses that phones are sent to."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from capture.phone.local_addresses import best_address, lan_addresses, local_name


def test_no_phone_is_sent_to_a_loopback_or_self_assigned_address() -> None:
    for address in map(ipaddress.IPv4Address, lan_addresses()):
        assert not address.is_loopback and not address.is_link_local


def test_the_best_address_is_one_of_those_given() -> None:
    addresses = lan_addresses()
    assert best_address(addresses) in (*addresses, "127.0.0.1")
    assert best_address(("198.51.100.7", "198.51.100.8")) == "198.51.100.7"


def test_without_a_network_the_page_is_on_this_machine() -> None:
    assert best_address(()) == "127.0.0.1"


@pytest.mark.parametrize(("host", "name"), [("Studio", "studio.local"), ("studio.lan", "studio.local")])
def test_the_machine_has_its_multicast_name(monkeypatch: pytest.MonkeyPatch, host: str, name: str) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    assert local_name() == name

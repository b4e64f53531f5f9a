"""The names and addresses by which phones on the local network reach this machine.

Nothing here sends a packet or looks up a name.
"""

from __future__ import annotations

import ipaddress
import socket

import ifaddr

_DOCUMENTATION_ADDRESS = "192.0.2.1"
"""This address belongs to nobody (RFC 5737): it stands for "somewhere beyond this network"."""


def lan_addresses() -> tuple[str, ...]:
    """Return every IPv4 address of this machine but loopback and self-assigned ones.

    Returns:
        The addresses, sorted.

    The server listens on IPv4: an IPv6 address would only make the certificate change whenever a
    privacy address does.
    """
    addresses = {
        ip.ip
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str) and ip.is_IPv4
    }
    usable = (ipaddress.IPv4Address(address) for address in addresses)
    return tuple(str(ip) for ip in sorted(usable) if not (ip.is_loopback or ip.is_link_local))


def best_address(addresses: tuple[str, ...]) -> str:
    """Return the address by which phones should reach this machine.

    Args:
        addresses: IPv4 addresses of this machine.

    Returns:
        The address of the interface that leads out of this machine, else the first, else loopback.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket only chooses a route.
            probe.connect((_DOCUMENTATION_ADDRESS, 9))
            routed = probe.getsockname()[0]
        except OSError:
            routed = ""
    return routed if routed in addresses else next(iter(addresses), "127.0.0.1")


def local_name() -> str:
    """Return the machine's multicast DNS name.

    Returns:
        A name such as `studio.local`.
    """
    return f"{socket.gethostname().split('.')[0].lower() or 'localhost'}.local"

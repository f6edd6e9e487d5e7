"""Whose office network a vote comes from: staff do not vote on their own department (DESIGN §5.12).

The address is looked at once and never stored. Networks are those of offices: counters' own rating devices, from
which residents vote, must not be among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address

from flask import current_app

Networks = Mapping[str, tuple[IPv4Network | IPv6Network, ...]]


def is_staff(department_code: str, address: str) -> bool:
    """Whether the address lies in a network of the department (configuration ``STAFF_NETWORKS``)."""
    networks: Networks = current_app.config["STAFF_NETWORKS"]
    own = (*networks.get(department_code, ()), *networks.get("*", ()))
    if not own or not address:
        return False
    try:
        place = ip_address(address)
    except ValueError:
        # A test client or a socket has no address that says anything.
        return False
    return any(place in network for network in own)

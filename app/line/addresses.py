"""Which addresses of the internet are public, and which lead somewhere inside.

What `ipaddress` calls global is not enough: an IPv4 address can be wrapped into an IPv6 address in several ways, and
some clouds keep their metadata, with credentials in it, at addresses that are public by their number.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

WRAPS_IPV4 = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): what a network without IPv4 makes of every IPv4 address; the last four bytes say which."""
NEVER = (
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of one's own network (RFC 8215)
    IPv6Network("2002::/16"),  # 6to4: leads to whichever IPv4 address stands in it
    IPv6Network("2001::/32"),  # Teredo: the same
    IPv6Network("::/96"),  # IPv4-compatible: the same
    IPv6Network("fec0::/10"),  # what site-local addresses once were
    IPv4Network("192.0.0.0/24"),  # Oracle's metadata among others
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv4Network("168.63.129.16/32"),  # Azure's own
)


def is_public(address: Address) -> bool:
    """Say whether `address` leads out into the internet, and nowhere else."""
    if isinstance(address, IPv6Address) and (inner := _unwrapped(address)):
        return is_public(inner)
    if any(address in network for network in NEVER if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def literal(host: str) -> Address | None:
    """Return the address that `host` is, if it is one and not a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _unwrapped(address: IPv6Address) -> IPv4Address | None:
    if address in WRAPS_IPV4:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped

"""Functions on address ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, Union

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.registry import Kind, NotKnown, Parameter, function
from tf_kms_guard.terraform.values import Value

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

_Network: TypeAlias = Union["IPv4Network", "IPv6Network"]
_STRING, _WHOLE = Parameter.STRING, Parameter.WHOLE


@function("cidrhost", Kind.WHOLE, _STRING, _WHOLE)
def cidrhost(prefix: str, host: int) -> Value:
    """The address number ``host`` of a range; negative ones count from its end."""
    network = _network(prefix)
    size = network.num_addresses
    if not -size <= host < size:
        raise EvaluationError(f"{prefix} has no host {host}")
    return str(network[host])


@function("cidrnetmask", Kind.WHOLE, _STRING)
def cidrnetmask(prefix: str) -> Value:
    """The netmask of an IPv4 range."""
    network = _network(prefix)
    if network.version != 4:
        raise EvaluationError("IPv6 has no netmasks")
    return str(network.netmask)


@function("cidrsubnet", Kind.WHOLE, _STRING, _WHOLE, _WHOLE)
def cidrsubnet(prefix: str, new_bits: int, subnet: int) -> Value:
    """The range number ``subnet`` of those that are ``new_bits`` longer than ``prefix``."""
    network = _network(prefix)
    if new_bits < 0 or subnet < 0:
        raise NotKnown("a negative number of bits or subnet")
    if network.prefixlen + new_bits > network.max_prefixlen:
        raise EvaluationError(f"{prefix} cannot be extended by {new_bits} bits")
    if subnet >= 1 << new_bits:
        raise EvaluationError(f"{new_bits} bits cannot hold the subnet number {subnet}")
    return str(_subnet(network, new_bits, int(network.network_address) + (subnet << _free_bits(network, new_bits))))


@function("cidrsubnets", Kind.WHOLE, _STRING, rest=_WHOLE)
def cidrsubnets(prefix: str, *new_bits: int) -> Value:
    """Consecutive ranges inside ``prefix``, each longer by its number of bits."""
    network = _network(prefix)
    ranges: list[Value] = []
    at = int(network.network_address)
    end = at + network.num_addresses
    for bits in new_bits:
        if bits < 1 or network.prefixlen + bits > network.max_prefixlen:
            raise EvaluationError(f"{prefix} cannot be extended by {bits} bits")
        size = 1 << _free_bits(network, bits)
        at = -(-at // size) * size
        if at + size > end:
            raise EvaluationError(f"there is not enough room in {prefix}")
        ranges.append(str(_subnet(network, bits, at)))
        at += size
    return ranges


def _free_bits(network: _Network, new_bits: int) -> int:
    return network.max_prefixlen - network.prefixlen - new_bits


def _subnet(network: _Network, new_bits: int, address: int) -> _Network:
    import ipaddress

    length = network.prefixlen + new_bits
    if network.version == 4:
        return ipaddress.IPv4Network((address, length))
    return ipaddress.IPv6Network((address, length))


def _network(prefix: str) -> _Network:
    import ipaddress

    address, slash, length = prefix.partition("/")
    if not slash or not (length.isascii() and length.isdigit()):
        raise EvaluationError("an address range like 10.0.0.0/8 is required")
    if ":" not in address:
        address = ".".join(part.lstrip("0") or part[:1] for part in address.split("."))
    try:
        network = ipaddress.ip_network(f"{address}/{int(length[:4])}", strict=False)
    except ValueError:
        raise EvaluationError("an address range like 10.0.0.0/8 is required") from None
    if network.version == 6 and network.overlaps(ipaddress.IPv6Network("::ffff:0:0/96")):
        raise NotKnown("Terraform takes ::ffff:0:0/96 for IPv4 in one place and for IPv6 in another")
    return network

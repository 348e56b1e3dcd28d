"""Addresses of load balancers: each plane has a range, and no two Services share one."""

from ipaddress import ip_address, ip_network
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.operator import loadbalancer
from localcloud.operator.loadbalancer import address

UIDS = st.uuids().map(str)
SOME = str(UUID(int=12345))


@given(plane=st.integers(0, 190), uid=UIDS, moved=st.booleans())
def test_an_address_is_in_the_range_of_its_plane(plane: int, uid: str, moved: bool) -> None:
    found = ip_address(address(plane, uid, moved=moved))

    assert found in ip_network(f"127.{64 + plane}.0.0/16")
    assert not {0, 255} & set(found.packed[2:]), "network and broadcast addresses look wrong"


@given(uid=UIDS)
def test_a_load_balancer_that_moved_has_another_address(uid: str) -> None:
    assert address(0, uid, moved=True) != address(0, uid)


def test_a_service_keeps_its_address() -> None:
    assert address(0, SOME) == address(0, SOME)


def test_a_service_that_is_made_again_has_another_address() -> None:
    assert address(0, SOME) != address(0, str(UUID(int=12346)))


def test_services_never_share_an_address() -> None:
    taken: list[str] = []
    for _ in range(5):
        taken.append(address(0, SOME, taken))

    assert len(set(taken)) == 5


def test_a_range_that_is_used_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loadbalancer, "_SLOTS", 2)
    taken = [address(3, SOME), address(3, SOME, [address(3, SOME)])]

    with pytest.raises(ValueError, match="all 2 addresses of plane 3 are taken"):
        address(3, SOME, taken)

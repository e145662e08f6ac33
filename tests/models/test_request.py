"""What a request knows by itself."""

from __future__ import annotations

from models import Area, ServiceRequest, Site


def test_a_request_without_a_site_has_the_time_of_its_area_and_a_known_site_comes_first() -> None:
    area, site = Area(time_zone="Asia/Urumqi"), Site(time_zone="Asia/Shanghai")

    assert ServiceRequest(area=area, site=site).time_zone == "Asia/Shanghai"
    assert ServiceRequest(area=area).time_zone == "Asia/Urumqi"
    assert ServiceRequest().time_zone == "UTC"

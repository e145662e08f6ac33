"""Road services over HTTP: OSRM, Valhalla and AMap behind one protocol (operations/road_client.py)."""

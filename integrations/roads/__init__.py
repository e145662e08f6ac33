"""Road services over HTTP: OSRM, Valhalla and AMap behind one protocol (operations/clients/road_client.py)."""

"""Solving outside the thread that asks: in processes of this machine, or on the workers of a Dask cluster."""

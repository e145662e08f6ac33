"""Parts from the shelf to the van: stock, orders, requisitions, reservations, parcels."""

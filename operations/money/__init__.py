"""Who pays for what: entitlement, prices, agreements, penalties, settlements."""

"""After-sales behind the visit: customers, agreements, parts, workshop, money, complaints, care and recalls."""

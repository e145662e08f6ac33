"""Pages behind a secret link, nobody signed in: customer, technician, service point, web form (D11, D12, H16)."""

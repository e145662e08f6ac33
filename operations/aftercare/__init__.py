"""What follows: the customer's own page, complaints, surveys, returns, workshop, active service, recalls."""

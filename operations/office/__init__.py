"""The desk's own work: the request's file, registers, accounts, proofs, signs of health."""

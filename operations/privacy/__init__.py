"""What is kept about a person: found, copied, erased (S1)."""

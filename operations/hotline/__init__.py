"""People on the telephone: the queue, the agents' telephones, and calls of ours."""

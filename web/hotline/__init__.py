"""People on the telephone and in writing: the log, who takes calls, recordings, messages, a new request meanwhile."""

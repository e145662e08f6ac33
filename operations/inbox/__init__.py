"""What people write to us, whatever the channel, and the answer on the channel it came by."""

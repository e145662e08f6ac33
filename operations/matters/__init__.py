"""What customers come with: requests, their faults, reports to experts, service points, major faults."""

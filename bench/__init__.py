"""What it costs: each number beside what it is compared with, measured in one run."""

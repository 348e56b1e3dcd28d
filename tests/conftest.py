"""Test settings that hold everywhere."""

import os

# An Output that is formatted into text must be an error, not a message in a resource's name.
os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "1"

"""From a scan or from pictures to a character: reading, registration, transfer of motion."""

"""What was handed in: from a folder or a zip to one notebook a student and chapter."""

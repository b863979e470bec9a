"""Sessions as files: what is in them (`columns`), in which form, and the schedules by which they are sent (C6, E3)."""

"""Process control: what `manage.py up` starts, watches, starts again and ends."""

"""What people type: read field by field, refused beside the field, filled in again, compared with what was shown."""

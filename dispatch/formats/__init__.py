"""Problems read from files and plans written to them: VROOM JSON, VRPLIB and Solomon, the technician benchmark."""

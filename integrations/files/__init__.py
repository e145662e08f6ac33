"""Where photos and signatures are kept."""

"""What we ask of those outside, whatever their vendor: integrations/ keeps these protocols, `services` carries them."""

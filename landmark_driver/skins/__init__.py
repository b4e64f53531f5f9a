"""The pictures of the skins that ship, painted from noise and from places on the head; no photograph is used."""

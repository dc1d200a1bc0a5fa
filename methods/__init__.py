"""The mathematics: arrays in, arrays out. Nothing here knows Django."""

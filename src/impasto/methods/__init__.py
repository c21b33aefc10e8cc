"""The ways impasto stylizes a picture, one folder each."""

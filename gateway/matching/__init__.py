"""Which ticket is this mail of?"""

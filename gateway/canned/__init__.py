"""Texts that answer the questions which come every day: found by the words of a mail, sent by a person, counted."""

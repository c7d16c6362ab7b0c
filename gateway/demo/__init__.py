"""The demonstration that `make run` shows: a sample webshop's mails through the real path, on embedded defaults."""

"""What agents' commands do: one verb a file, each with `problem` (may it be done?) and `do` (what was done, in words).

Every verb of a mail is asked for its problem before the first of them is done; all that is done is one transaction.
"""

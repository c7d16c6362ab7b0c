"""Which account does this address belong to?"""

"""Who vouches for the sender: SPF, DKIM, DMARC, through the one resolver."""

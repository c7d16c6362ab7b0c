"""What a mail is about, and which team looks after that."""

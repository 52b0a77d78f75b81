"""What an installation of one machine cannot make again, copied out and put back."""

"""What is done with every request, and with errors of every view."""

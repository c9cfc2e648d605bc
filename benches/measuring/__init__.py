"""What run.py is made of; see ../README.md."""

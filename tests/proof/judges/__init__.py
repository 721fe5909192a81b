"""Those who say what a program's numbers should be."""

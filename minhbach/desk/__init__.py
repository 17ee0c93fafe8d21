"""The internal pages: how far each publication is, and an agency's preview. Plain dicts in, HTML and a calendar out."""

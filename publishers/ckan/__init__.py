"""The publisher of kind `ckan`: the only room that knows CKAN."""

"""Evidence of use: the rules that real flows used, and the flows between interfaces."""

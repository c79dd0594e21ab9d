"""ActionTrail: the record of every management call, and its look-up."""

"""Everything that is said on a page: sentences, times, amounts, names of the record (DESIGN rule 9)."""

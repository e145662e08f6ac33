"""Tables of cases in the words of the service manual: tested, and written into docs/policies/ in both languages."""

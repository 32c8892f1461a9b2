"""Which edit opens the gate?"""

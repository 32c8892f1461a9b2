"""What is known of a value: strings with holes, unknown values, three-valued truth.

The bottom of the import arrows: ``terraform`` makes such values, ``iam`` decides with them, and both
must mean the same thing by "the same text" (decision 0004).
"""

"""What the Intel and AT&T front ends share: GNU as's statements, expressions, directives, sections.

A source goes through `statements` (text to statements), `unit` (statements to sections, with
`directives` and the syntax's own operand rules) and `sections` (branch sizes, symbols, relocations).
"""

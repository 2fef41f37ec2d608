"""The conversation of `init` as values: pages, answers, what they lead to. No terminal, no world.

`flow` says which page follows an answer; `subjects` what there is to choose from and what it
changes; `ways_out` how a refusal can be left; `situation` what the lack of a GPU means here.
"""

"""What in a text names something, and which mentions name the same thing.

A tagger proposes; what stands here decides where the text itself leaves no doubt: closed forms,
titles, line ends, two people of one surname. Rules only, no model.
"""

"""Content, cold start and hybrids: products known by what they are, customers by what they say or who they resemble.

- `features`: products to numbers, from words, attributes, price, reviews and pictures
- `recommender`: profiles from likes and dislikes, and from stated preferences
- `segments`: what is popular in a customer's segment or context
- `switching`, `augmented`: content and behaviour together
- `handover`: quality against the length of a customer's history
"""

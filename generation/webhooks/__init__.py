"""Webhooks: what tells a program that its job has ended.

`services` writes deliveries and secrets, `dispatch` sends what is due, `sending` speaks HTTP, `addresses` says where it
may go, `signing` proves from whom it comes.
"""

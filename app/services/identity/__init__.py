"""Who somebody is: accounts, passwords, sign-in sessions, access tokens and the keys that sign them.

What an account may do inside a community is :mod:`app.services.access`'s matter.
"""

"""``althing-verify``: checks a transparency log, a receipt or a ballot's evidence, with no server and no database.

It imports the domain, the standard library and, in one module, ``cryptography``. Nothing in here trusts what it
reads: folders, archives and servers are taken to be an adversary's.
"""

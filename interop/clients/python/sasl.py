"""kazoo with SASL. Arguments: host:port, user, password. Prints what comes of it, without anything that differs from run to run."""

import logging
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import AuthFailedError
from kazoo.security import make_acl

logging.disable(logging.CRITICAL)

address, user, password = sys.argv[1:]
zk = KazooClient(
    address,
    timeout=30,
    connection_retry={"max_tries": 3, "delay": 0.01},
    sasl_options={"mechanism": "DIGEST-MD5", "username": user, "password": password},
)
try:
    zk.start(timeout=60)
    path = zk.create("/kazoo-", b"data", acl=[make_acl("sasl", user, all=True)], sequence=True)
except AuthFailedError:
    print("refused")
    sys.exit(0)
print(zk.get(path)[0], zk.get_acls(path)[0])
zk.set(path, b"more")
print(zk.get(path)[0])
zk.stop()
zk.close()

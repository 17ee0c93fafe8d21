"""Start programs detached, watch them, end them whole. Standard library only; knows no particular service.

account = service_account("minhbach")                      # oneself, or as root an unprivileged account
search = Service("solr", [...], home=home, account=account, ports=(8983,), ready=lambda: answers(url))
search.start(); search.stop()                              # pid in home/run, output in home/logs/solr.log
print(table(states([search])))
"""

from .account import Account, service_account
from .errors import ServiceError
from .postgres import Cluster
from .probes import answers, free_ports, listening, port_free, require_free
from .processes import Running
from .programs import find_program, run_program
from .service import Service
from .states import State, all_well, states, table

__all__ = [
    "Account",
    "Cluster",
    "Running",
    "Service",
    "ServiceError",
    "State",
    "all_well",
    "answers",
    "find_program",
    "free_ports",
    "listening",
    "port_free",
    "require_free",
    "run_program",
    "service_account",
    "states",
    "table",
]
